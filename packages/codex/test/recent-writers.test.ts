import { expect, test } from 'vitest';
import { RecentWriters } from '../src/recent-writers.ts';

const leased = (threadId: string, ms: number): Parameters<RecentWriters['saw']>[0] => ({
  threadId,
  lease: { holder: 'codex (limited)', since: new Date(0), until: new Date(Date.now() + ms) },
});

test('a thread rests while its lease has long to go, and until it is forgotten', () => {
  const writers = new RecentWriters({ renewBelowMs: 10_000 });
  expect(writers.isResting('a')).toBe(false);
  writers.saw(leased('a', 3_600_000));
  writers.saw(leased('b', 9_000));
  expect([writers.isResting('a'), writers.isResting('b')]).toEqual([true, false]);
  writers.saw({ threadId: 'a', lease: null });
  expect(writers.isResting('a')).toBe(false);
  writers.saw(leased('a', 3_600_000));
  writers.forget('a');
  expect(writers.isResting('a')).toBe(false);
});

test('of very many, those seen longest ago are forgotten', () => {
  const writers = new RecentWriters({ renewBelowMs: 0 });
  const ids = Array.from({ length: 10_001 }, (_one, number) => `${number}`);
  for (const id of ids.slice(0, 10_000)) writers.saw(leased(id, 3_600_000));
  writers.saw(leased('0', 3_600_000));
  writers.saw(leased('10000', 3_600_000));
  expect([writers.isResting('0'), writers.isResting('1'), writers.isResting('2')]).toEqual([true, false, true]);
});
