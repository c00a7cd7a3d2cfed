import { expect, test } from 'vitest';
import { Random } from '../random.ts';
import { makeSchedule } from './schedule.ts';

const size = { seconds: 60, kills: 20, takeovers: 200, freezes: 3, faults: { failover: 2, 'client-cut': 5 } };

test('a seed gives one schedule, another seed another', () => {
  expect(makeSchedule(size, new Random(7))).toEqual(makeSchedule(size, new Random(7)));
  expect(makeSchedule(size, new Random(7))).not.toEqual(makeSchedule(size, new Random(8)));
});

test('more of one fault changes nothing of another', () => {
  const more = makeSchedule({ ...size, takeovers: 300 }, new Random(7));
  expect(more.kills).toEqual(makeSchedule(size, new Random(7)).kills);
});

test.each([1, 2, 3])('what was asked for is there, in the order of its time, after the warm-up (seed %i)', (seed) => {
  const { warmUpMs, kills, takeovers, freezes, faults } = makeSchedule(size, new Random(seed));
  expect([kills.length, takeovers.length, freezes.length]).toEqual([20, 200, 3]);
  expect(Map.groupBy(faults, ({ kind }) => kind)).toMatchObject(
    new Map([
      ['failover', { length: 2 }],
      ['client-cut', { length: 5 }],
    ]),
  );
  for (const steps of [kills, takeovers, freezes, faults]) {
    const times = steps.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(warmUpMs);
    expect(times.at(-1)).toBeLessThanOrEqual(60_000 + 1_000);
  }
  expect(kills.every(({ downMs }) => downMs >= 0 && downMs <= 2_000)).toBe(true);
});

test('every other replica is killed amid a commit, and some storms strike one thread', () => {
  const { kills, takeovers } = makeSchedule(size, new Random(1));
  expect(kills.filter(({ amidCommit }) => amidCommit)).toHaveLength(10);
  const repeated = takeovers.filter(({ threadAt }, index) => takeovers[index - 1]?.threadAt === threadAt);
  expect(repeated.length).toBeGreaterThan(10);
});

test('a run without faults has none', () => {
  const { kills, takeovers, freezes, faults } = makeSchedule(
    { seconds: 1, kills: 0, takeovers: 0, freezes: 0, faults: {} },
    new Random(1),
  );
  expect([...kills, ...takeovers, ...freezes, ...faults]).toEqual([]);
});
