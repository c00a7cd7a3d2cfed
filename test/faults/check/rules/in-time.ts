import { allCalls } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** What a busy machine may take to tell a process that its time has come. */
const slackMs = 5_000;

interface Pause {
  readonly from: number;
  readonly until: number;
}

/** No call hangs: with an answer or with an error, it ends when its time is over. Time in which its process was stopped does not count. */
export const inTime: Rule = {
  id: 'R21',
  promise: `a call ends by its deadline, or ${slackMs} ms later at most`,
  *violations(facts): Iterable<Violation> {
    const deadlines = new Map(facts.clients.map(({ client, deadlineMs }) => [client, deadlineMs]));
    const pauses = pausesOf(facts.faults);
    for (const { call, f, client, thread, at, endedAt } of allCalls(facts.calls)) {
      const deadlineMs = deadlines.get(client);
      if (deadlineMs === undefined) {
        yield { thread, what: `${call}: nobody knows how long ${client} would wait` };
        continue;
      }
      const took = endedAt - at;
      if (took <= deadlineMs + slackMs) continue;
      const stopped = (pauses.get(client) ?? []).reduce(
        (sum, { from, until }) => sum + Math.max(0, Math.min(until, endedAt) - Math.max(from, at)),
        0,
      );
      if (endedAt === Infinity) yield { thread, what: `${call}: ${f} never ended` };
      else if (took - stopped > deadlineMs + slackMs)
        yield { thread, what: `${call}: ${f} took ${Math.round(took)} ms, its deadline is ${deadlineMs} ms` };
    }
  },
};

/** When the process of each client was stopped. */
function pausesOf(faults: Facts['faults']): ReadonlyMap<string, readonly Pause[]> {
  const pauses = new Map<string, Pause[]>();
  for (const freeze of faults) {
    if (freeze.fault !== 'freeze') continue;
    const thaw = faults.find(({ fault, on, at }) => fault === 'thaw' && on === freeze.on && at >= freeze.at);
    for (const client of freeze.on.split(' '))
      pauses.set(client, [...(pauses.get(client) ?? []), { from: freeze.at, until: thaw?.at ?? Infinity }]);
  }
  return pauses;
}
