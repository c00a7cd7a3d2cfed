import type { Facts, SentBatch } from '../history/facts.ts';
import type { FaultOutcome } from '../nemesis/afflictions.ts';

/** What a failover took along. */
export interface Loss {
  readonly kind: string;
  /** How long the standby had heard nothing, in milliseconds, and what of the log it had not got, in bytes. */
  readonly lagMs: number;
  readonly lagBytes: number;
  /** Items that were acknowledged since the failover before, and those of them that are gone. */
  readonly acknowledged: number;
  readonly lost: number;
}

/** Acknowledged batches with the time of their first acknowledgement and how many of their items are in no final read. */
interface Acknowledged {
  readonly at: number;
  readonly items: number;
  readonly lost: number;
}

/** Items that were acknowledged and are missing in the final read through any replica. */
export function lostItems(facts: Facts): number {
  return acknowledgedOf(facts).reduce((sum, { lost }) => sum + lost, 0);
}

/** What each failover lost, as everything that is gone went with the first failover after its acknowledgement. */
export function lossesOf(facts: Facts, outcomes: readonly FaultOutcome[]): readonly Loss[] {
  const all = acknowledgedOf(facts);
  const undone = facts.faults.filter(({ fault }) => fault === 'undo');
  let since = -Infinity;
  return outcomes.flatMap(({ kind, lag }, index): Loss[] => {
    if (kind !== 'failover' && kind !== 'late-failover') return [];
    // From the primary's end until then nobody answers.
    const until = undone[index]?.at ?? Infinity;
    const batches = all.filter(({ at }) => at > since && at <= until);
    since = until;
    const sum = (of: 'items' | 'lost'): number => batches.reduce((total, batch) => total + batch[of], 0);
    return [{ kind, lagMs: lag?.ms ?? 0, lagBytes: lag?.bytes ?? 0, acknowledged: sum('items'), lost: sum('lost') }];
  });
}

/** Of threads that nobody deleted. */
function acknowledgedOf({ batches, reads, calls: made }: Facts): readonly Acknowledged[] {
  const deleted = new Set(made.delete.flatMap(({ thread, outcome }) => (outcome === 'fail' ? [] : thread)));
  const byReplica = new Map<string, Set<string>>();
  for (const { via, items } of reads) {
    const stored = byReplica.get(via) ?? new Set<string>();
    byReplica.set(via, stored);
    for (const { op, k } of items) stored.add(`${op} ${k}`);
  }
  const views = [...byReplica.values()];
  const isLost = (op: string, k: number): boolean =>
    views.length === 0 || views.some((stored) => !stored.has(`${op} ${k}`));
  return [...batches.values()].flatMap((batch) => {
    const at = acknowledgedAt(batch);
    if (at === undefined || deleted.has(batch.thread)) return [];
    const lost = batch.hashes.filter((_hash, k) => isLost(batch.op, k)).length;
    return [{ at, items: batch.hashes.length, lost }];
  });
}

function acknowledgedAt({ calls }: SentBatch): number | undefined {
  const times = calls.filter(({ outcome }) => outcome === 'ok').map(({ endedAt }) => endedAt);
  return times.length === 0 ? undefined : Math.min(...times);
}
