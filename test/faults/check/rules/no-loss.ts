import type { Facts } from '../../history/facts.ts';
import type { ReadItem } from '../../history/reads.ts';
import type { Rule, Violation } from '../rule.ts';

/**
 * The items of every acknowledged batch stand at the ordinals that the answer gave, in the final read through every replica. Threads
 * that somebody deleted apart.
 */
export const noLoss: Rule = {
  id: 'R3',
  promise: 'an acknowledged item is readable at its ordinal, through every replica',
  *violations({ batches, appends, reads, failedReads, calls }): Iterable<Violation> {
    const deleted = new Set(calls.delete.flatMap(({ thread, outcome }) => (outcome === 'fail' ? [] : thread)));
    for (const { thread, via, reason } of failedReads) {
      if (!deleted.has(thread)) yield { thread, what: `not readable through ${via}: ${reason}` };
    }
    const replicas = byReplica(reads);
    if (replicas.size === 0 && appends.length > 0) yield { thread: '', what: 'nothing was read in the end' };
    for (const [via, threads] of replicas) {
      for (const { thread, op, answer, call } of appends) {
        if (answer === undefined || deleted.has(thread)) continue;
        const items = threads.get(thread) ?? [];
        for (const k of (batches.get(op)?.hashes ?? []).keys()) {
          const ordinal = answer.first + k;
          const item: ReadItem | undefined = items[ordinal];
          if (item?.op === op && item.k === k) continue;
          const instead = item === undefined ? 'nothing' : `${item.op || 'an unknown batch'}[${item.k}]`;
          yield {
            thread,
            what: `read through ${via}: ${instead} at ordinal ${ordinal}, acknowledged as ${op}[${k}] to ${call}`,
          };
        }
      }
    }
  },
};

/** Of each replica the threads, each with its items at the places that their ordinals say. */
function byReplica(reads: Facts['reads']): ReadonlyMap<string, ReadonlyMap<string, readonly ReadItem[]>> {
  const replicas = new Map<string, Map<string, readonly ReadItem[]>>();
  for (const { via, thread, items } of reads) {
    let threads = replicas.get(via);
    if (threads === undefined) replicas.set(via, (threads = new Map<string, readonly ReadItem[]>()));
    const placed: ReadItem[] = [];
    for (const item of items) placed[item.ordinal] = item;
    threads.set(thread, placed);
  }
  return replicas;
}
