import type { Facts, SentBatch } from '../history/facts.ts';
import { type SideCoverage, sideCoverageOf } from './side-coverage.ts';

/** What a run went through. A run that went through little proves little, whatever the rules say. */
export interface Coverage extends SideCoverage {
  readonly acknowledgedBatches: number;
  readonly acknowledgedItems: number;
  /** Acknowledged batches of those who were not the writer. */
  readonly externalBatches: number;
  /** Acknowledged batches per second before the first fault. */
  readonly ratePerSecond: number;
  /** Appends that were under way at once then, on the average. */
  readonly appendsAtOnce: number;
  /** Acknowledged batches that the store said it had already: an attempt before was stored, and its answer lost. */
  readonly resendsFoundStored: number;
  readonly killsAmidCalls: number;
  /** Grants that took a thread from a writer. */
  readonly takeovers: number;
  /** Appends that were refused because a later writer had the thread. */
  readonly staleAppendsRefused: number;
  /** Processes that were stopped while a thread of theirs was taken, and had a write to it refused when they went on. */
  readonly freezesThatBit: number;
  /** Calls after which nobody knew whether they had an effect. */
  readonly unknownCalls: number;
  /** Batches that were never acknowledged, whose outcome stayed unknown, and that were found stored, or not stored, in the end. */
  readonly unknownStored: number;
  readonly unknownNotStored: number;
}

export function coverageOf(facts: Facts): Coverage {
  const { appends, grants, batches } = facts;
  const all = [...batches.values()];
  const acknowledged = all.filter(isAcknowledged);
  const open = all.filter((batch) => !isAcknowledged(batch) && batch.calls.some(({ outcome }) => outcome === 'info'));
  const stored = new Set(facts.reads.flatMap(({ items }) => items.map(({ op }) => op)));
  const unknownStored = open.filter(({ op }) => stored.has(op)).length;
  return {
    acknowledgedBatches: acknowledged.length,
    acknowledgedItems: acknowledged.reduce((sum, { hashes }) => sum + hashes.length, 0),
    externalBatches: acknowledged.filter(({ epoch }) => epoch === null).length,
    ...loadBeforeFaults(facts),
    resendsFoundStored: acknowledged.filter(({ calls }) => calls.some(({ answer }) => answer?.duplicate)).length,
    killsAmidCalls: killsAmidCalls(facts),
    takeovers: grants.filter(({ f, outcome }) => f === 'resume' && outcome === 'ok').length,
    staleAppendsRefused: appends.filter(({ reason }) => reason === 'FENCED').length,
    freezesThatBit: freezesThatBit(facts),
    unknownCalls: appends.filter(({ outcome }) => outcome === 'info').length,
    unknownStored,
    unknownNotStored: open.length - unknownStored,
    ...sideCoverageOf(facts),
  };
}

function isAcknowledged({ calls }: SentBatch): boolean {
  return calls.some(({ outcome }) => outcome === 'ok');
}

function loadBeforeFaults({ appends, faults }: Facts): Pick<Coverage, 'ratePerSecond' | 'appendsAtOnce'> {
  const begin = appends[0]?.at;
  const end = faults[0]?.at ?? appends.at(-1)?.at;
  if (begin === undefined || end === undefined || end <= begin) return { ratePerSecond: 0, appendsAtOnce: 0 };
  const done = appends.filter(({ outcome, endedAt }) => outcome === 'ok' && endedAt < end).length;
  const waited = appends.reduce((sum, { at, endedAt }) => sum + Math.max(0, Math.min(endedAt, end) - at), 0);
  return {
    ratePerSecond: Math.round((done * 1_000) / (end - begin)),
    appendsAtOnce: Math.round(waited / (end - begin)),
  };
}

function killsAmidCalls({ appends, faults }: Facts): number {
  let kills = 0;
  let next = 0;
  // Of the calls that had begun, when the last will end.
  let lastEnd = -Infinity;
  for (const { fault, at } of faults) {
    if (fault !== 'kill') continue;
    for (let call = appends[next]; call !== undefined && call.at < at; call = appends[next]) {
      lastEnd = Math.max(lastEnd, call.endedAt);
      next += 1;
    }
    if (at < lastEnd) kills += 1;
  }
  return kills;
}

function freezesThatBit({ appends, grants, faults }: Facts): number {
  const refused = Map.groupBy(
    appends.filter(({ reason }) => reason === 'FENCED'),
    ({ thread }) => thread,
  );
  return faults.filter((freeze) => {
    if (freeze.fault !== 'freeze') return false;
    const thaw = faults.find(({ fault, on, at }) => fault === 'thaw' && on === freeze.on && at > freeze.at);
    if (thaw === undefined) return false;
    const clients = freeze.on.split(' ');
    const takenFrom = grants.filter(({ at, endedAt }) => at > freeze.at && endedAt < thaw.at);
    return takenFrom.some(({ thread, answer }) =>
      (refused.get(thread) ?? []).some(
        ({ endedAt, client, epoch }) =>
          endedAt > thaw.at && clients.includes(client) && (epoch ?? Infinity) < (answer?.epoch ?? 0),
      ),
    );
  }).length;
}

/** The least of each number for a run to be worth counting. */
export type Floors = Partial<Coverage>;

/** What a run fell short of, one line for each. */
export function shortfalls(coverage: Coverage, floors: Floors): readonly string[] {
  return Object.entries(floors).flatMap(([name, least]) => {
    const got = coverage[name as keyof Coverage];
    return got >= least ? [] : [`${name}: ${got}, at least ${least} make a run worth counting`];
  });
}
