import type { ReadItem } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** The items of every acknowledged batch stand at the ordinals that the answer gave, in the final read through every replica. */
export const noLoss: Rule = {
  id: 'R3',
  promise: 'an acknowledged item is readable at its ordinal, through every replica',
  *violations({ batches, appends, reads, failedReads }): Iterable<Violation> {
    for (const { thread, via, reason } of failedReads) yield { thread, what: `not readable through ${via}: ${reason}` };
    const byReplica = new Map<string, Map<string, Map<number, ReadItem>>>();
    for (const { via, thread, items } of reads) {
      let threads = byReplica.get(via);
      if (threads === undefined) byReplica.set(via, (threads = new Map<string, Map<number, ReadItem>>()));
      threads.set(thread, new Map(items.map((item) => [item.ordinal, item])));
    }
    if (byReplica.size === 0 && appends.length > 0) yield { thread: '', what: 'nothing was read in the end' };
    for (const [via, threads] of byReplica) {
      for (const { thread, op, answer, call } of appends) {
        if (answer === undefined) continue;
        const items = threads.get(thread);
        for (const k of (batches.get(op)?.hashes ?? []).keys()) {
          const ordinal = answer.first + k;
          const item = items?.get(ordinal);
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
