import { expect, test } from 'vitest';
import { runScenario } from './scenarios/run-scenario.ts';
import { scenarios } from './scenarios/scenarios.ts';

/** Of the size that `npm run scenarios` goes to. */
const scale = 0.02;

test.each(Object.entries(scenarios))('%s, in small', async (_name, scenario) => {
  const checks = await runScenario(scenario, scale);
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(checks.length).toBeGreaterThan(2);
});
