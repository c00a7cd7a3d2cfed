import { waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { silentLogger } from '../src/log.ts';
import { ReadinessProbe } from '../src/readiness/readiness-probe.ts';
import { Readiness, type Unreadiness } from '../src/readiness/readiness.ts';

const gone: Unreadiness = { reason: 'gone', refuses: false };
const harmful: Unreadiness = { reason: 'harmful', refuses: true };

/** What is told while a probe gets these answers, one after another, and the last one for ever. */
async function toldOf(answers: readonly (Unreadiness | null | 'never')[]): Promise<readonly (string | null)[]> {
  const readiness = new Readiness();
  const told: (string | null)[] = [];
  readiness.listen((unready) => told.push(unready?.reason ?? null));
  let asked = 0;
  const ask = (): Promise<Unreadiness | null> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer === 'never' ? new Promise<never>(() => undefined) : Promise.resolve(answer ?? null);
  };
  await using _probe = new ReadinessProbe({ readiness, logger: silentLogger, ask, intervalMs: 1, timeoutMs: 20 });
  await waitFor(() => asked > answers.length, { what: 'all answers' });
  return told;
}

test.each([
  { what: 'nothing', answers: [null, null], told: [null] },
  { what: 'a moment', answers: [null, gone, gone, null], told: [null] },
  { what: 'moments with answers between them', answers: [gone, gone, null, gone, gone, null], told: [null] },
  { what: 'an outage', answers: [gone, gone, gone, gone, null, null], told: [null, 'gone', null] },
  { what: 'an outage that pauses', answers: [gone, gone, gone, null, gone, null, null], told: [null, 'gone', null] },
  { what: 'another outage', answers: [gone, gone, gone, harmful, null, null], told: [null, 'gone', 'harmful', null] },
  { what: 'harm, at once', answers: [null, harmful, null, null], told: [null, 'harmful', null] },
  {
    what: 'silence',
    answers: ['never', 'never', 'never', null, null] as const,
    told: [null, 'the database does not answer', null],
  },
])('a probe tells of $what', async ({ answers, told }) => {
  expect(await toldOf(answers)).toEqual(told);
});

test('a probe that is closed waits for no answer', async () => {
  let asked = false;
  const ask = (): Promise<never> => {
    asked = true;
    return new Promise<never>(() => undefined);
  };
  const options = { readiness: new Readiness(), logger: silentLogger, ask, intervalMs: 1, timeoutMs: 600_000 };
  const probe = new ReadinessProbe(options);
  await waitFor(() => asked, { what: 'a question' });
  await expect(probe[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
