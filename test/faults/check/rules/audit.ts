import type { Facts } from '../../history/facts.ts';
import { auditedCalls, type AuditedCall, type AuditEntry, readAuditLines } from '../audit-entries.ts';
import type { Rule, Violation } from '../rule.ts';

/** How far the clock of the calendar may drift from that of the history while a run lasts, and a bit more. */
const slackMs = 250;

/**
 * A line is written before its call is answered, so what was answered has one, whoever was killed then. A call that nobody answered may
 * have been done without a line, when its replica was killed in between, or have one, or several, as clients send it again.
 */
export const audit: Rule = {
  id: 'R23',
  promise:
    'each change that was answered has a line of its own in an audit log, which tells of no others, and nothing of what was said',
  *violations(facts): Iterable<Violation> {
    const lines = readAuditLines(facts);
    yield* cutShort(lines.filter((line) => line === 'cut short').length, facts.faults);
    for (const line of lines) if (typeof line === 'object' && 'wrong' in line) yield { thread: '', what: line.wrong };
    const entries = lines.filter((line): line is AuditEntry => typeof line === 'object' && 'key' in line);
    const calls = auditedCalls(facts);
    yield* withoutLine(calls, entries);
    yield* withoutCall(calls, entries);
  },
};

/** One for each replica that was killed, at most: a kill may come amid a write. */
function* cutShort(count: number, faults: Facts['faults']): Iterable<Violation> {
  const kills = faults.filter(({ fault }) => fault === 'kill').length;
  if (count > kills) yield { thread: '', what: `${count} lines are no whole ones, ${kills} replicas were killed` };
}

/** Gives each line to the call of its kind that ended first among those that were under way then and have none yet. */
function* withoutLine(calls: readonly AuditedCall[], entries: readonly AuditEntry[]): Iterable<Violation> {
  const keyOf = (key: string, outcome: string): string => `${key} ${outcome}`;
  const lines = Map.groupBy(entries, ({ key, outcome }) => keyOf(key, outcome));
  const told = calls.filter(({ told: outcome }) => outcome !== undefined);
  for (const [key, alike] of Map.groupBy(told, (call) => keyOf(call.key, call.told ?? ''))) {
    const waiting = new Set(alike.toSorted((a, b) => a.endedAt - b.endedAt));
    for (const { at } of (lines.get(key) ?? []).toSorted((a, b) => a.at - b.at)) {
      for (const call of waiting) {
        if (call.at - slackMs > at || at > call.endedAt + slackMs) continue;
        waiting.delete(call);
        break;
      }
    }
    for (const { call, thread, told: outcome } of waiting)
      yield { thread, what: `${call}: answered, and no audit log has a line that says ${outcome}` };
  }
}

/** A line that nothing accounts for: nobody had made such a call yet, or all were certainly without an effect. */
function* withoutCall(calls: readonly AuditedCall[], entries: readonly AuditEntry[]): Iterable<Violation> {
  const made = Map.groupBy(calls, ({ key }) => key);
  for (const { replica, key, outcome, at } of entries) {
    const begun = (made.get(key) ?? []).filter((call) => call.at - slackMs <= at);
    const told = `${replica}: a line says ${outcome} of ${key}`;
    if (begun.length === 0) yield { thread: '', what: `${told}, nobody had called` };
    else if (outcome === 'OK' && begun.every((call) => call.outcome === 'fail'))
      yield { thread: '', what: `${told}, all calls had failed with effect none` };
  }
}
