import { quantile, ratioText, spreadOf } from './statistics.ts';

/** Two of the same kind, of which the second has more to go through. */
export interface Pair {
  readonly name: string;
  readonly small: () => Promise<unknown>;
  readonly large: () => Promise<unknown>;
  /** Done before each call, and not timed. */
  readonly before?: () => Promise<unknown>;
}

export interface PairPlan {
  readonly seconds: number;
  readonly rounds: number;
}

const warmUps = 5;

/** Does both by turns, call by call, so that what the machine is doing meets both alike. Cells of a row: times, and how they compare. */
export async function pairRow(
  { name, small, large, before }: Pair,
  { seconds, rounds }: PairPlan,
): Promise<readonly string[]> {
  const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
    await before?.();
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  for (let time = 0; time < warmUps; time += 1) {
    await timeOf(small);
    await timeOf(large);
  }
  const smalls: number[] = [];
  const larges: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const these: number[] = [];
    const those: number[] = [];
    const end = performance.now() + seconds * 1_000;
    do {
      these.push(await timeOf(small));
      those.push(await timeOf(large));
    } while (performance.now() < end);
    smalls.push(quantile(these, 0.5));
    larges.push(quantile(those, 0.5));
    ratios.push(quantile(those, 0.5) / quantile(these, 0.5));
  }
  return [name, spreadOf(smalls).median.toFixed(2), spreadOf(larges).median.toFixed(2), ratioText(ratios)];
}
