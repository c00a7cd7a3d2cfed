import type { Rule, Violation } from '../rule.ts';

/** What is read is, byte for byte, what was sent. */
export const exactBytes: Rule = {
  id: 'R24',
  promise: 'an item is read as the bytes that were sent',
  *violations({ batches, reads }): Iterable<Violation> {
    for (const { thread, via, items } of reads) {
      for (const { op, k, ordinal, hash } of items) {
        const sent = batches.get(op)?.hashes[k];
        if (sent !== undefined && sent !== hash)
          yield { thread, what: `read through ${via}: ${op}[${k}] at ordinal ${ordinal} differs from what was sent` };
      }
    }
  },
};
