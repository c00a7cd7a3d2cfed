import type { Rule, Violation } from '../rule.ts';

/** Several times what a replica takes under this load. */
const rssMiBMax = 512;

/** A replica's memory has a bound, whatever is done to it. */
export const bounds: Rule = {
  id: 'R19',
  promise: `a replica takes no more than ${rssMiBMax} MiB of memory`,
  *violations({ samples }): Iterable<Violation> {
    const over = Map.groupBy(
      samples.filter(({ rssMiB }) => rssMiB > rssMiBMax),
      ({ replica }) => replica,
    );
    for (const [replica, of] of over) {
      const most = Math.max(...of.map(({ rssMiB }) => rssMiB));
      yield { thread: '', what: `${replica} took up to ${most} MiB, in ${of.length} samples more than ${rssMiBMax}` };
    }
  },
};
