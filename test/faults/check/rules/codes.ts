import type { Rule, Violation } from '../rule.ts';

/** What a call of this workload may fail with while replicas are killed and writers fenced. */
const expected = {
  append: [
    'FENCED',
    // A batch before it failed, and is sent again before this one is.
    'SEQUENCE_GAP',
    'BACKEND_UNAVAILABLE',
    'OUTCOME_UNKNOWN',
    'DRAINING',
    'DEADLINE_EXCEEDED',
  ],
  create: ['BACKEND_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'DRAINING', 'DEADLINE_EXCEEDED'],
  resume: ['BACKEND_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'DRAINING', 'DEADLINE_EXCEEDED'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** No call fails for a reason that nothing in this run explains. */
export const codes: Rule = {
  id: 'R20',
  promise: 'calls fail for the reasons that fit what was done to them, and no others',
  *violations({ appends, grants }): Iterable<Violation> {
    for (const { call, f, thread, reason } of [...appends, ...grants]) {
      const reasons: readonly string[] = expected[f];
      if (reason !== undefined && !reasons.includes(reason)) yield { thread, what: `${call}: ${f} failed: ${reason}` };
    }
  },
};
