import { quantile } from './statistics.ts';

/** What one round of one contender came to. */
export interface Timing {
  readonly items: number;
  readonly seconds: number;
  /** Of one operation: an append, a batch, the reading of a thread. Absent where an operation can't be told. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/**
 * Has each worker do its operation again and again, side by side, for this long. An operation resolves with how many items it
 * was about. Those under way at the end are waited for, and count. `rest`: what a worker waits for after each, which is no part of it.
 */
export async function repeat(
  workers: readonly (() => Promise<number>)[],
  seconds: number,
  rest?: () => Promise<void>,
): Promise<Timing> {
  const latencies: number[] = [];
  let items = 0;
  const start = performance.now();
  const end = start + seconds * 1_000;
  await Promise.all(
    workers.map(async (work) => {
      let now = performance.now();
      do {
        const done = await work();
        items += done;
        const then = performance.now();
        latencies.push(then - now);
        await rest?.();
        now = rest === undefined ? then : performance.now();
      } while (now < end);
    }),
  );
  return {
    items,
    seconds: (performance.now() - start) / 1_000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}
