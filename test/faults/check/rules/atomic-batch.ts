import type { ThreadRead } from '../../history/reads.ts';
import type { Rule, Violation } from '../rule.ts';

/** The items of a batch are stored all or none, side by side and in their order. */
export const atomicBatch: Rule = {
  id: 'R6',
  promise: 'a batch is stored whole, in its order and with nothing in between, or not at all',
  *violations({ batches, appends, reads }): Iterable<Violation> {
    for (const { thread, op, answer, call, hashes } of appends) {
      if (answer === undefined || answer.last - answer.first + 1 === hashes.length) continue;
      yield { thread, what: `${call}: ${op} of ${hashes.length} got the ordinals ${answer.first} to ${answer.last}` };
    }
    for (const read of reads) {
      for (const [op, ordinals] of ordinalsByBatch(read)) {
        const size = batches.get(op)?.hashes.length;
        if (size === undefined) continue;
        const first = ordinals.get(0);
        const whole = first !== undefined && ordinals.size === size;
        if (whole && [...ordinals].every(([k, ordinal]) => ordinal === first + k)) continue;
        const stored = [...ordinals].map(([k, ordinal]) => `[${k}] at ${ordinal}`).join(', ');
        yield { thread: read.thread, what: `read through ${read.via}: of ${op}, a batch of ${size}: ${stored}` };
      }
    }
  },
};

/** Where each item of each batch stands; of one that is there twice, where it is first. */
function ordinalsByBatch({ own }: ThreadRead): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const batches = new Map<string, Map<number, number>>();
  for (const { op, k, ordinal } of own) {
    let ordinals = batches.get(op);
    if (ordinals === undefined) batches.set(op, (ordinals = new Map<number, number>()));
    if (!ordinals.has(k)) ordinals.set(k, ordinal);
  }
  return batches;
}
