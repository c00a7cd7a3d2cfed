import type { Facts } from '../history/facts.ts';

/** How long it took until batches were acknowledged again after faults of one kind, in milliseconds. */
export interface Recovery {
  readonly kind: string;
  readonly times: number;
  /** From the end of the fault to the next acknowledged batch. Infinity where none came. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest time in which nothing was acknowledged, of those that overlap with one of the faults. */
  readonly longestOutage: number;
}

interface Span {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Of each kind of fault in a run. */
export function recoveriesOf(facts: Facts): readonly Recovery[] {
  const acknowledged = facts.appends
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ endedAt }) => endedAt)
    .toSorted((a, b) => a - b);
  return [...Map.groupBy(spansOf(facts), ({ kind }) => kind)].map(([kind, spans]) => {
    const times = spans.map(({ to }) => nextAfter(acknowledged, to) - to).toSorted((a, b) => a - b);
    const outages = spans.map((span) => longestOutage(acknowledged, span));
    return {
      kind,
      times: times.length,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      max: Math.round(times.at(-1) ?? 0),
      longestOutage: Math.round(Math.max(...outages)),
    };
  });
}

/** When each fault began and ended. Of those that have no end in time, kills, each is followed by a start. */
function spansOf({ faults }: Facts): readonly Span[] {
  const ends = { kill: 'restart', inject: 'undo' } as const;
  return faults.flatMap(({ fault, on, at }): Span[] => {
    if (fault !== 'kill' && fault !== 'inject') return [];
    const end = faults.find((other) => other.fault === ends[fault] && other.on === on && other.at >= at);
    return end === undefined ? [] : [{ kind: fault === 'kill' ? 'server-kill' : on, from: at, to: end.at }];
  });
}

function longestOutage(times: readonly number[], { from, to }: Span): number {
  let [longest, before] = [0, times[Math.max(0, indexAfter(times, from) - 1)] ?? from];
  for (let index = indexAfter(times, from); before < to; index += 1) {
    const next = times[index] ?? Infinity;
    longest = Math.max(longest, next - before);
    before = next;
  }
  return longest;
}

function nextAfter(times: readonly number[], at: number): number {
  return times[indexAfter(times, at)] ?? Infinity;
}

/** The place of the first that is later. */
function indexAfter(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function percentile(sorted: readonly number[], part: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0);
}
