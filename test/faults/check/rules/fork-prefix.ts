import type { Facts } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** A fork begins with the items that its source had then, whatever became of either since. */
export const forkPrefix: Rule = {
  id: 'R15',
  promise: 'a fork begins, for ever, with the items of its source up to where it was made',
  *violations(facts): Iterable<Violation> {
    const sources = new Set(facts.calls.fork.map(({ source }) => source));
    const known = knownItems(facts, sources);
    const reads = Map.groupBy(facts.reads, ({ thread }) => thread);
    for (const { thread, source, before, call, answer } of facts.calls.fork) {
      if (answer === undefined) continue;
      const { nextOrdinal } = answer;
      if (before !== null && nextOrdinal > before)
        yield { thread, what: `${call}: ${nextOrdinal} items, only those before ${before} were asked for` };
      for (const { via, items } of reads.get(thread) ?? []) {
        if (items.length < nextOrdinal)
          yield { thread, what: `read through ${via}: ${items.length} items, ${nextOrdinal} came from ${source}` };
        const other = items.find(({ ordinal, hash }) => {
          const original = ordinal < nextOrdinal ? known.get(source)?.[ordinal] : undefined;
          return original !== undefined && original !== hash;
        });
        if (other !== undefined)
          yield { thread, what: `read through ${via}: ordinal ${other.ordinal} is not as in ${source}` };
      }
    }
  },
};

/** The hash at each ordinal of some threads, as far as anybody knows it: of those that were deleted nothing can be read in the end. */
function knownItems(
  { reads, appends, calls }: Facts,
  threads: ReadonlySet<string>,
): ReadonlyMap<string, readonly (string | undefined)[]> {
  const known = new Map([...threads].map((thread): [string, (string | undefined)[]] => [thread, []]));
  for (const { thread, items } of reads) {
    const list = known.get(thread);
    if (list !== undefined) for (const { ordinal, hash } of items) list[ordinal] ??= hash;
  }
  for (const { thread, answer, hashes } of appends) {
    const list = known.get(thread);
    if (list !== undefined && answer !== undefined)
      for (const [k, hash] of hashes.entries()) list[answer.first + k] ??= hash;
  }
  for (const { thread, answer } of calls.readRange) {
    const list = known.get(thread);
    if (list !== undefined)
      for (const [index, [hash]] of (answer?.items ?? []).entries()) list[(answer?.first ?? 0) + index] ??= hash;
  }
  return known;
}
