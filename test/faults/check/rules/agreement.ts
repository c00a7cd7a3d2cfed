import { createHash } from 'node:crypto';
import type { Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { ThreadRead } from '../../history/reads.ts';
import type { Rule, Violation } from '../rule.ts';

/** Each ordinal's hash, and who said it first. */
interface Seen {
  readonly hashes: string[];
  readonly by: string[];
}

/** Every answer and every read gives an ordinal the same item. */
export const agreement: Rule = {
  id: 'R1',
  promise: 'an ordinal of a thread has one item, in all answers and in all reads',
  *violations(facts): Iterable<Violation> {
    const threads = new Map<string, Seen>();
    function* see(thread: string, ordinal: number, hash: string, by: string): Iterable<Violation> {
      let seen = threads.get(thread);
      if (seen === undefined) threads.set(thread, (seen = { hashes: [], by: [] }));
      const before = seen.hashes[ordinal];
      if (before === undefined) {
        seen.hashes[ordinal] = hash;
        seen.by[ordinal] = by;
      } else if (before !== hash)
        yield { thread, what: `ordinal ${ordinal}: one item by ${seen.by[ordinal]}, another by ${by}` };
    }
    for (const { thread, via, items } of facts.reads) {
      for (const { ordinal, hash } of items) yield* see(thread, ordinal, hash, via);
    }
    for (const { thread, op, answer, call } of facts.appends) {
      if (answer === undefined) continue;
      for (const [k, hash] of (facts.batches.get(op)?.hashes ?? []).entries())
        yield* see(thread, answer.first + k, hash, call);
    }
    for (const { thread, answer, call } of facts.calls.readRange) {
      if (answer === undefined) continue;
      for (const [index, [hash]] of answer.items.entries()) yield* see(thread, answer.first + index, hash, call);
    }
    yield* otherHistories(facts);
  },
};

/** Histories that were read whole in the run, and do not begin what is there in the end. */
function* otherHistories({ reads, calls }: Facts): Iterable<Violation> {
  const whole = Map.groupBy(calls.readAll, ({ thread }) => thread);
  const checked = new Set<string>();
  for (const read of reads) {
    if (checked.has(read.thread)) continue;
    checked.add(read.thread);
    yield* notBeginning(read, whole.get(read.thread) ?? []);
  }
}

function* notBeginning({ thread, via, items }: ThreadRead, calls: readonly Call<'readAll'>[]): Iterable<Violation> {
  const hash = createHash('sha256');
  let next = 0;
  for (const { call, answer } of calls.toSorted((a, b) => (a.answer?.count ?? 0) - (b.answer?.count ?? 0))) {
    // One that showed more than there is, is a read that went back.
    if (answer === undefined || answer.count > items.length) continue;
    for (; next < answer.count; next += 1) hash.update(items[next]?.hash ?? '');
    if (hash.copy().digest('hex').slice(0, 16) !== answer.digest)
      yield { thread, what: `${call}: its ${answer.count} items are not those that ${via} has in the end` };
  }
}
