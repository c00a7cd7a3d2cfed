import type { Facts } from '../../history/facts.ts';
import type { ReadItem } from '../../history/reads.ts';
import type { Rule, Violation } from '../rule.ts';

/** Every stored item was sent to that thread, by a call that was not certainly refused. */
export const noPhantom: Rule = {
  id: 'R5',
  promise: 'nothing is stored that nobody sent, or whose calls all ended with effect none',
  *violations({ batches, reads }): Iterable<Violation> {
    for (const { thread, via, own } of reads) {
      for (const item of own) {
        const wrong = wrongWith(item, thread, batches);
        if (wrong !== undefined) yield { thread, what: `read through ${via}: ordinal ${item.ordinal}: ${wrong}` };
      }
    }
  },
};

function wrongWith({ op, k }: ReadItem, thread: string, batches: Facts['batches']): string | undefined {
  const batch = batches.get(op);
  if (batch === undefined) return `an item that nobody sent (${op || 'it does not say by whom'})`;
  if (batch.thread !== thread) return `${op} was sent to thread ${batch.thread}`;
  if (!(k in batch.hashes)) return `${op}[${k}] of a batch of ${batch.hashes.length}`;
  const refused = batch.calls.every(({ outcome }) => outcome === 'fail');
  return refused ? `${op} was refused with effect none (${batch.calls[0]?.reason ?? ''})` : undefined;
}
