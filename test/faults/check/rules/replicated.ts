import type { Rule, Violation } from '../rule.ts';

/**
 * A commit for which the database gave up to wait for its standby is no success. An answer that says that the batch was there already
 * is one: it has waited for a write of its own, which is behind that commit.
 */
export const replicated: Rule = {
  id: 'R22',
  promise: 'no batch is acknowledged whose commit did not wait for the standby',
  *violations({ appends, unreplicated }): Iterable<Violation> {
    const byThread = Map.groupBy(unreplicated, ({ thread }) => thread);
    for (const { thread, call, op, answer, endedAt } of appends) {
      if (answer === undefined || answer.duplicate) continue;
      const commit = byThread
        .get(thread)
        ?.find(
          ({ first, last, from, until }) =>
            first <= answer.last && answer.first <= last && from <= endedAt && endedAt <= until,
        );
      if (commit !== undefined)
        yield {
          thread,
          what: `${call}: ${op} was acknowledged, ordinals ${answer.first} to ${answer.last} were not replicated`,
        };
    }
  },
};
