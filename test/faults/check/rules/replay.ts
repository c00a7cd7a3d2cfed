import type { Rule, Violation } from '../rule.ts';

/** All answers to one batch are the same, and one of them at most says that it was stored just now. */
export const replay: Rule = {
  id: 'R12',
  promise: 'a batch that is sent again is answered with the ordinals that it has',
  *violations({ batches }): Iterable<Violation> {
    for (const { thread, op, calls } of batches.values()) {
      const answers = calls.flatMap(({ answer }) => answer ?? []);
      const ordinals = new Set(answers.map(({ first, last }) => `${first} to ${last}`));
      if (ordinals.size > 1) yield { thread, what: `${op} was answered with ${[...ordinals].join(', and with ')}` };
      const stored = answers.filter(({ duplicate }) => !duplicate).length;
      if (stored > 1) yield { thread, what: `${op} was answered ${stored} times as stored just now` };
    }
  },
};
