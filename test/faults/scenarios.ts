// Does to a service what its limits are for, and tells how it bore it.
//
//   npm run scenarios -- [--scale 0.1] [name ...]
import { parseArgs } from 'node:util';
import { runScenario } from './scenarios/run-scenario.ts';
import { type ScenarioName, scenarios } from './scenarios/scenarios.ts';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { scale: { type: 'string', default: '1' } },
  });
  const known = Object.keys(scenarios) as ScenarioName[];
  const unknown = positionals.filter((name) => !known.some((one) => one === name));
  const scale = Number(values.scale);
  if (unknown.length > 0 || !(scale > 0)) {
    process.stderr.write(`scenarios: [--scale <part>] [${known.join(' ')}]\n`);
    return 2;
  }
  let failed = 0;
  for (const name of known) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    process.stdout.write(`${name}: ${scenarios[name].about}\n`);
    for (const { what, figure, passed } of await runScenario(scenarios[name], scale)) {
      if (!passed) failed += 1;
      process.stdout.write(`  ${passed ? 'passed' : 'FAILED'}  ${what}: ${figure}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
// What a scenario left open keeps nobody waiting.
process.exit(await main());
