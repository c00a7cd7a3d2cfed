import type { Call } from '../history/calls.ts';
import type { Facts } from '../history/facts.ts';
import { auditedCalls } from './audit-entries.ts';
import { comparedProbes } from './rules/tenants-apart.ts';

/** What a run went through beside its writers. */
export interface SideCoverage {
  /** Reads of histories and metadata that were answered while others wrote. */
  readonly reads: number;
  readonly patches: number;
  /** Walks along a list from its first page to its last; and those of them during which a thread was made. */
  readonly walks: number;
  readonly walksAmidCreates: number;
  readonly forks: number;
  /** Forks during which an append to their source began. */
  readonly forksAmidAppends: number;
  readonly archives: number;
  readonly deletes: number;
  /** Deletions that were under way together with an append to the thread. */
  readonly deletesAmidAppends: number;
  /** Calls that were refused because the thread was deleted. */
  readonly refusedAsDeleted: number;
  /** Other items under the identity of a batch that was stored, which were refused. */
  readonly forgeriesRefused: number;
  readonly memorySamples: number;
  /** Calls that another tenant made on what is foreign to it and, alike, on what does not exist, both of them answered. */
  readonly probesCompared: number;
  /** Places in which somebody came across a canary of his own tenant: they are looked at. */
  readonly ownCanariesSeen: number;
  /** Changes that were answered and that the audit log has to tell of, and refusals of such. */
  readonly changesToAudit: number;
  readonly refusalsToAudit: number;
}

export function sideCoverageOf(facts: Facts): SideCoverage {
  const { calls, appends, samples, grants, canaries } = facts;
  const audited = auditedCalls(facts);
  const walks = calls.walk.filter(({ answer }) => answer?.complete);
  const made = [...calls.create, ...calls.fork].filter(isOk).map(({ endedAt }) => endedAt);
  const madeAt = Float64Array.from(made).toSorted();
  const appendsTo = Map.groupBy(appends, ({ thread }) => thread);
  const begins = new Map(
    [...appendsTo].map(([thread, list]) => [thread, Float64Array.from(list, ({ at }) => at)] as const),
  );
  const forks = calls.fork.filter(isOk);
  const deletes = calls.delete.filter(isOk);
  const others = [...calls.readAll, ...calls.readRange, ...calls.readMetadata, ...calls.patch, ...calls.touch];
  return {
    reads: [...calls.readAll, ...calls.readRange, ...calls.readMetadata].filter(isOk).length,
    patches: calls.patch.filter(isOk).length,
    walks: walks.length,
    walksAmidCreates: walks.filter(({ at, endedAt }) => hasWithin(madeAt, at, endedAt)).length,
    forks: forks.length,
    forksAmidAppends: forks.filter(({ source, at, endedAt }) => hasWithin(begins.get(source), at, endedAt)).length,
    archives: calls.archive.filter(isOk).length,
    deletes: deletes.length,
    deletesAmidAppends: deletes.filter(({ thread, at, endedAt }) =>
      (appendsTo.get(thread) ?? []).some((call) => call.at < endedAt && call.endedAt > at),
    ).length,
    refusedAsDeleted: [...others, ...appends, ...grants].filter(({ reason }) => reason === 'THREAD_DELETED').length,
    forgeriesRefused: appends.filter(({ reason }) => reason === 'SEQUENCE_REUSED' || reason === 'OPERATION_REUSED')
      .length,
    memorySamples: samples.length,
    probesCompared: comparedProbes(calls.probe).length,
    ownCanariesSeen: canaries.filter(({ tenant, of }) => tenant === of).length,
    changesToAudit: audited.filter(({ told }) => told === 'OK').length,
    refusalsToAudit: audited.filter(({ told }) => told !== undefined && told !== 'OK').length,
  };
}

function isOk({ outcome }: Call): boolean {
  return outcome === 'ok';
}

/** Whether one of the times, which are in their order, is between two. */
function hasWithin(times: Float64Array | undefined, from: number, until: number): boolean {
  if (times === undefined) return false;
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((times[middle] ?? Infinity) <= from) low = middle + 1;
    else high = middle;
  }
  return (times[low] ?? Infinity) < until;
}
