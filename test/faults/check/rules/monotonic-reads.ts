import { greatestBefore } from '../greatest-before.ts';
import { lastSightings, reportsOf, sightings } from '../lengths.ts';
import type { Rule, Violation } from '../rule.ts';

/** What was shown once is shown ever after. */
export const monotonicReads: Rule = {
  id: 'R9',
  promise: 'a read never shows less than one that ended before it began',
  *violations(facts): Iterable<Violation> {
    const seen = sightings(facts);
    const later = [...seen, ...lastSightings(facts)];
    for (const [{ thread, atMost, by }, before] of greatestBefore(reportsOf(seen), later)) {
      if (atMost < before.value)
        yield { thread, what: `${by} shows ${atMost} items, ${before.by} had shown ${before.value} before` };
    }
  },
};
