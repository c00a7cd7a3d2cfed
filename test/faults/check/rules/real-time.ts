import type { Facts } from '../../history/facts.ts';
import { greatestBefore } from '../greatest-before.ts';
import { acknowledged, reportsOf, sightings } from '../lengths.ts';
import type { Rule, Violation } from '../rule.ts';

/** What was first sent when something was known to be there is behind it. */
export const realTime: Rule = {
  id: 'R7',
  promise: 'a batch that is sent after another was acknowledged, or its items shown, is stored behind it',
  *violations(facts): Iterable<Violation> {
    const known = [...acknowledged(facts.appends), ...reportsOf(sightings(facts))];
    for (const [{ thread, op, first }, { value, by }] of greatestBefore(known, storedBatches(facts.batches))) {
      if (first < value) yield { thread, what: `${op} got ordinal ${first}, sent after ${by} knew of ${value} items` };
    }
  },
};

interface StoredBatch {
  readonly thread: string;
  readonly op: string;
  /** When it was sent first. */
  readonly at: number;
  readonly first: number;
}

function storedBatches(batches: Facts['batches']): readonly StoredBatch[] {
  return [...batches.values()].flatMap(({ op, thread, calls }) => {
    const answer = calls.find((call) => call.answer !== undefined)?.answer;
    const at = calls[0]?.at;
    return answer === undefined || at === undefined ? [] : { thread, op, at, first: answer.first };
  });
}
