import { expect, test } from 'vitest';
import { cpuRatios } from '../src/measuring/cpu-ratios.ts';
import type { Round } from '../src/measuring/rounds.ts';

const round = (items: number, serverCpu: number | null): Round => ({
  items,
  seconds: 2,
  clientCpu: null,
  serverCpu,
  postgresCpu: 30,
  walBytes: 0,
});

test('the CPU time of items is compared round by round, where it is known', () => {
  const these = [round(1_000, 30), round(1_000, null), round(3_000, 60), round(1_000, 30)];
  const those = [round(1_000, 10), round(1_000, 10), round(1_000, 15)];
  expect(cpuRatios(these, those)).toEqual([60 / 40, 90 / 3_000 / (45 / 1_000)]);
});
