import type { Facts } from '../../history/facts.ts';
import type { Granted } from '../../history/operations.ts';
import type { ThreadRead } from '../../history/reads.ts';
import type { Rule, Violation } from '../rule.ts';

type AnsweredGrant = Facts['grants'][number] & { readonly answer: Granted };

/** Once a grant was acknowledged, nothing of an earlier epoch is stored any more. External batches have no epoch. */
export const fencing: Rule = {
  id: 'R10',
  promise: 'after a grant was acknowledged, no append of an earlier epoch is accepted',
  *violations(facts): Iterable<Violation> {
    const answered = facts.grants.filter((grant): grant is AnsweredGrant => grant.answer !== undefined);
    const byEnd = answered.toSorted((a, b) => a.endedAt - b.endedAt);
    const grants = Map.groupBy(byEnd, ({ thread }) => thread);
    for (const read of facts.reads) yield* alongOrdinals(read, facts.batches, grants.get(read.thread) ?? []);
    yield* acceptedLate(facts, grants);
  },
};

/** Along the ordinals epochs never go back, and none has items on the wrong side of the ordinal that its grant named. */
function* alongOrdinals(
  { thread, via, own }: ThreadRead,
  batches: Facts['batches'],
  grants: readonly AnsweredGrant[],
): Iterable<Violation> {
  const beginOf = new Map(grants.map(({ answer }) => [answer.epoch, answer.nextOrdinal]));
  // Of grants with nothing written in between, the latest.
  const beginningAt = new Map<number, number>();
  for (const [epoch, ordinal] of beginOf) beginningAt.set(ordinal, Math.max(epoch, beginningAt.get(ordinal) ?? 0));
  let begun = 0;
  for (const { op, k, ordinal } of own) {
    begun = Math.max(begun, beginningAt.get(ordinal) ?? 0);
    const epoch = batches.get(op)?.epoch ?? null;
    if (epoch === null) continue;
    const item = `read through ${via}: ${op}[${k}] of epoch ${epoch} at ordinal ${ordinal}`;
    if (epoch < begun) yield { thread, what: `${item}, where epoch ${begun} has begun` };
    if (ordinal < (beginOf.get(epoch) ?? 0))
      yield { thread, what: `${item}, its grant says from ${beginOf.get(epoch)}` };
    begun = Math.max(begun, epoch);
  }
}

/** Appends that were accepted though they were first sent when a later epoch was known to be granted. */
function* acceptedLate(
  { appends, batches }: Facts,
  grants: ReadonlyMap<string, readonly AnsweredGrant[]>,
): Iterable<Violation> {
  for (const { call, thread, op, epoch, answer, at } of appends) {
    if (answer === undefined || epoch === null) continue;
    const later = grants.get(thread)?.find((grant) => grant.answer.epoch > epoch && grant.endedAt < at);
    if (later === undefined) continue;
    // One that was sent before, too, may have been stored then; the answer has to say so.
    const sentBefore = batches.get(op)?.calls.some((other) => other.at <= later.endedAt) ?? false;
    if (answer.duplicate && sentBefore) continue;
    const what = `${call}: ${op} of epoch ${epoch} was accepted, sent after ${later.call} got epoch ${later.answer.epoch}`;
    yield { thread, what };
  }
}
