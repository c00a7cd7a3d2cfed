import { allCalls, type Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** Once a deletion was acknowledged the thread is gone: nobody reads it, writes to it, lists it, and its id is never used again. */
export const deletion: Rule = {
  id: 'R16',
  promise: 'after an acknowledged deletion nothing of a thread is read, written, listed or kept',
  *violations(facts): Iterable<Violation> {
    const deleted = deletions(facts.calls.delete);
    for (const call of allCalls(facts.calls)) {
      for (const thread of touchedBy(call)) {
        const deletedBy = deleted.get(thread);
        if (deletedBy === undefined || call.at <= deletedBy.endedAt) continue;
        yield { thread, what: `${call.call}: ${call.f} succeeded after ${deletedBy.call} had deleted it` };
      }
    }
    for (const { thread, via } of facts.reads) {
      if (deleted.has(thread)) yield { thread, what: `is readable through ${via} in the end` };
    }
    for (const { thread, table, rows } of facts.leftovers) {
      if (rows > 0 && deleted.has(thread)) yield { thread, what: `${rows} rows of it are left in ${table}` };
    }
  },
};

/** Of each thread the first deletion that was acknowledged. */
function deletions(calls: Facts['calls']['delete']): ReadonlyMap<string, Call<'delete'>> {
  const deleted = new Map<string, Call<'delete'>>();
  for (const call of calls) {
    const known = deleted.get(call.thread);
    if (call.outcome === 'ok' && call.endedAt < (known?.endedAt ?? Infinity)) deleted.set(call.thread, call);
  }
  return deleted;
}

/** The threads that were there for a call that was answered. A deletion may be repeated. */
function touchedBy(call: Call): readonly string[] {
  if (call.outcome !== 'ok' || call.f === 'delete') return [];
  if (call.f === 'walk') return call.answer?.threads.map(([thread]) => thread) ?? [];
  return call.f === 'fork' ? [call.thread, call.source] : [call.thread];
}
