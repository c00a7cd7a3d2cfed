import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { quantile, spreadOf } from '../src/measuring/statistics.ts';
import { repeat } from '../src/measuring/timing.ts';

test('quantiles are figures that were there', () => {
  const figures = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([quantile(figures, 0), quantile(figures, 0.5), quantile(figures, 0.99), quantile(figures, 1)]).toEqual([
    1, 100, 198, 200,
  ]);
  expect(spreadOf([30, 4, 100])).toEqual({ min: 4, median: 30, max: 100 });
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

test('what workers do side by side is counted whole', async () => {
  let done = 0;
  const work = async (): Promise<number> => {
    await setImmediate();
    done += 3;
    return 3;
  };
  const timing = await repeat([work, work, work], 0.02);
  expect(timing.items).toBe(done);
  expect(timing.seconds).toBeGreaterThanOrEqual(0.02);
  expect(timing.p99Ms).toBeGreaterThanOrEqual(timing.p50Ms ?? Number.NaN);
});

test('a worker does one operation even when there is no time', async () => {
  expect((await repeat([() => Promise.resolve(1)], 0)).items).toBe(1);
});

test('a worker that fails ends the round', async () => {
  await expect(repeat([() => Promise.reject(new Error('no'))], 1)).rejects.toThrow('no');
});

test('a worker rests after each operation, and only then goes on', async () => {
  const done: string[] = [];
  const work = (): Promise<number> => {
    done.push('work');
    return Promise.resolve(1);
  };
  const rest = async (): Promise<void> => {
    await setImmediate();
    done.push('rest');
  };
  const { items } = await repeat([work], 0.02, rest);
  expect(done).toEqual(Array.from({ length: items }, () => ['work', 'rest']).flat());
});
