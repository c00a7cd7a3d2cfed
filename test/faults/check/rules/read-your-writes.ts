import { greatestBefore } from '../greatest-before.ts';
import { acknowledged, sightings } from '../lengths.ts';
import type { Rule, Violation } from '../rule.ts';

/** Whatever is read after an append was acknowledged, by whomever and through whatever replica, shows it. */
export const readYourWrites: Rule = {
  id: 'R8',
  promise: 'a read that begins after an append was acknowledged shows it, to everybody',
  *violations(facts): Iterable<Violation> {
    for (const [{ thread, atMost, by }, ack] of greatestBefore(acknowledged(facts.appends), sightings(facts))) {
      if (atMost < ack.value)
        yield { thread, what: `${by} shows ${atMost} items, ${ack.by} had ended before with ordinal ${ack.value - 1}` };
    }
  },
};
