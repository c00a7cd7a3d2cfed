import type { Rule, Violation } from '../rule.ts';

/** The ordinals of a read count without a gap, in the end from 0 up to the number of items that the metadata gives. */
export const contiguity: Rule = {
  id: 'R2',
  promise: 'the ordinals of a thread count from 0 without a gap',
  *violations({ reads, calls }): Iterable<Violation> {
    for (const { thread, via, items, nextOrdinal } of reads) {
      let next = 0;
      for (const { ordinal } of items) {
        if (ordinal !== next) yield { thread, what: `read through ${via}: ordinal ${ordinal} where ${next} should be` };
        next = ordinal + 1;
      }
      if (next !== nextOrdinal)
        yield { thread, what: `read through ${via}: ends before ${next}, its metadata says ${nextOrdinal}` };
    }
    for (const { thread, call, answer } of [...calls.readAll, ...calls.readRange]) {
      if (answer?.gapAt != null) yield { thread, what: `${call}: ordinal ${answer.gapAt} is left out` };
    }
    for (const { thread, call, from, until, answer } of calls.readRange) {
      if (answer !== undefined && answer.items.length > until - from)
        yield { thread, what: `${call}: ${answer.items.length} items between ${from} and ${until}` };
    }
  },
};
