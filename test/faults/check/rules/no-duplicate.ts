import type { Rule, Violation } from '../rule.ts';

/** However often a batch was sent, each of its items is stored once. */
export const noDuplicate: Rule = {
  id: 'R4',
  promise: 'an item is stored at most once',
  *violations({ reads }): Iterable<Violation> {
    for (const { thread, via, own } of reads) {
      const ordinals = new Map<string, number>();
      for (const { op, k, ordinal } of own) {
        if (op === '') continue;
        const name = `${op}[${k}]`;
        const before = ordinals.get(name);
        if (before === undefined) ordinals.set(name, ordinal);
        else yield { thread, what: `read through ${via}: ${name} at ordinal ${before} and again at ${ordinal}` };
      }
    }
  },
};
