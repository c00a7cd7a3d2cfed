import type { Facts, SentBatch } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** A sequence of an epoch, or an operation id, stands for one batch: what comes under it with other items is refused. */
export const identity: Rule = {
  id: 'R13',
  promise: 'other items under a sequence or an operation id that is used are refused, and not stored',
  *violations({ batches, reads }): Iterable<Violation> {
    const stored = new Set(reads.flatMap(({ own }) => own.map(({ op }) => op)));
    for (const rivals of sharedIdentities(batches)) {
      const accepted = rivals.filter(
        ({ op, calls }) => stored.has(op) || calls.some(({ outcome }) => outcome === 'ok'),
      );
      const [one] = accepted;
      if (one === undefined || accepted.length === 1) continue;
      const names = accepted.map(({ op }) => op).join(' and ');
      yield { thread: one.thread, what: `${names} were all accepted as ${one.identity}` };
    }
  },
};

/** Batches with other items that were sent under one identity. */
export function sharedIdentities(batches: Facts['batches']): readonly (readonly SentBatch[])[] {
  const threads = new Map<string, Map<string, SentBatch>>();
  const shared = new Map<SentBatch, SentBatch[]>();
  for (const batch of batches.values()) {
    let sent = threads.get(batch.thread);
    if (sent === undefined) threads.set(batch.thread, (sent = new Map<string, SentBatch>()));
    const first = sent.get(batch.identity);
    if (first === undefined) {
      sent.set(batch.identity, batch);
      continue;
    }
    const rivals = shared.get(first);
    if (rivals === undefined) shared.set(first, [first, batch]);
    else rivals.push(batch);
  }
  return [...shared.values()];
}
