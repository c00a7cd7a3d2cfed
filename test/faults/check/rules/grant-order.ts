import { greatestBefore } from '../greatest-before.ts';
import type { Rule, Violation } from '../rule.ts';

/** An epoch is given to one writer only, and a later grant has a greater one. */
export const grantOrder: Rule = {
  id: 'R11',
  promise: 'each epoch of a thread is granted once, and a later grant has a greater epoch',
  *violations({ grants }): Iterable<Violation> {
    const granted = grants.flatMap(({ thread, at, endedAt, call, answer }) =>
      answer === undefined ? [] : { thread, at, endedAt, value: answer.epoch, by: call },
    );
    const holders = new Map<string, string>();
    for (const { thread, value, by } of granted) {
      const name = `${thread} ${value}`;
      const before = holders.get(name);
      if (before === undefined) holders.set(name, by);
      else yield { thread, what: `epoch ${value} was granted to ${before} and to ${by}` };
    }
    for (const [grant, before] of greatestBefore(granted, granted)) {
      // The same epoch twice is told above.
      if (grant.value < before.value)
        yield {
          thread: grant.thread,
          what: `${grant.by} got epoch ${grant.value} after ${before.by} had got ${before.value}`,
        };
    }
  },
};
