import type { Rule, Violation } from '../rule.ts';

interface Seen {
  readonly hash: string;
  readonly by: string;
}

/** Every answer and every read gives an ordinal the same item. */
export const agreement: Rule = {
  id: 'R1',
  promise: 'an ordinal of a thread has one item, in all answers and in all reads',
  *violations({ batches, appends, reads }): Iterable<Violation> {
    const seen = new Map<string, Map<number, Seen>>();
    function* see(thread: string, ordinal: number, hash: string, by: string): Iterable<Violation> {
      let ordinals = seen.get(thread);
      if (ordinals === undefined) seen.set(thread, (ordinals = new Map<number, Seen>()));
      const before = ordinals.get(ordinal);
      if (before === undefined) ordinals.set(ordinal, { hash, by });
      else if (before.hash !== hash)
        yield { thread, what: `ordinal ${ordinal}: one item by ${before.by}, another by ${by}` };
    }
    for (const { thread, op, answer, call } of appends) {
      const hashes = answer === undefined ? [] : (batches.get(op)?.hashes ?? []);
      for (const [k, hash] of hashes.entries())
        yield* see(thread, (answer?.first ?? 0) + k, hash, `the answer to ${call}`);
    }
    for (const { thread, via, items } of reads) {
      for (const { ordinal, hash } of items) yield* see(thread, ordinal, hash, `the read through ${via}`);
    }
  },
};
