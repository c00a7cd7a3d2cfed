import { errorOutcomes, mayHaveEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import type { Rule, Violation } from '../rule.ts';

const reasons = Object.keys(errorOutcomes) as ThreadStoreErrorReason[];

/** What any call may fail with while replicas are killed: what passes, and a deadline that was over first. */
const passing = reasons.filter((reason) => errorOutcomes[reason].repeat === 'paused' || reason === 'DEADLINE_EXCEEDED');

/** What it may fail with besides while writers are fenced. */
const refusals = {
  // Of a gap: a batch before it failed, and is sent again before this one is.
  append: ['FENCED', 'SEQUENCE_GAP'],
  create: [],
  resume: [],
} as const satisfies Readonly<Record<string, readonly ThreadStoreErrorReason[]>>;

/** No call fails for a reason that nothing in this run explains, nor claims to have done nothing where its reason can't say so. */
export const codes: Rule = {
  id: 'R20',
  promise: 'calls fail for the reasons that fit what was done to them, and no others',
  *violations({ appends, grants, faults }): Iterable<Violation> {
    const isFull = faults.some(({ fault, on }) => fault === 'inject' && on === 'disk-full');
    const ofFaults: readonly ThreadStoreErrorReason[] = isFull ? ['STORAGE_FULL'] : [];
    for (const { call, f, thread, outcome, reason } of [...appends, ...grants]) {
      if (reason === undefined) continue;
      const expected = [...passing, ...refusals[f], ...ofFaults].find((one) => one === reason);
      if (expected === undefined) yield { thread, what: `${call}: ${f} failed: ${reason}` };
      else if (outcome === 'fail' && !mayHaveEffect(expected, 'none'))
        yield { thread, what: `${call}: ${f} failed with effect none: ${reason}` };
    }
  },
};
