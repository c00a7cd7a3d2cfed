import { errorOutcomes, mayHaveEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import { allCalls, type Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { Operation } from '../../history/operations.ts';
import type { Rule, Violation } from '../rule.ts';
import { sharedIdentities } from './identity.ts';

/** Whether something in the run is a reason for a call to fail so. */
type Explanation = (call: Call, done: WhatWasDone) => boolean;

/** What can make a call fail for good. */
interface WhatWasDone {
  /** When the first call began that may have deleted a thread, or archived it. */
  readonly deleted: ReadonlyMap<string, number>;
  readonly archived: ReadonlyMap<string, number>;
  readonly grants: ReadonlyMap<string, Facts['grants']>;
  /** Batches that have an identity together with another one. */
  readonly rivals: ReadonlySet<string>;
  /** The kinds of faults that were injected. */
  readonly injected: ReadonlySet<string>;
}

const always: Explanation = () => true;
const isFull: Explanation = (_call, { injected }) => injected.has('disk-full');
const isDeleted: Explanation = (call, { deleted }) => (deleted.get(subjectOf(call)) ?? Infinity) < call.endedAt;
const isArchived: Explanation = (call, { archived }) => (archived.get(subjectOf(call)) ?? Infinity) < call.endedAt;
const hasRival: Explanation = (call, { rivals }) => call.f === 'append' && rivals.has(call.op);
const isOfWriter: Explanation = (call) => call.f === 'append' && call.epoch !== null;
/** By another's grant; or by its own, whose answer was lost. */
const isOvertaken: Explanation = (call, { grants }) =>
  (call.f === 'append' || call.f === 'resume') &&
  (grants.get(call.thread) ?? []).some(
    ({ at, outcome, answer }) =>
      at < call.endedAt && outcome !== 'fail' && (answer?.epoch ?? Infinity) > (call.epoch ?? Infinity),
  );

const reasons = Object.keys(errorOutcomes) as ThreadStoreErrorReason[];

/** While replicas are killed and stopped: what passes, and a deadline that was over first. */
const passing: Readonly<Record<string, Explanation>> = {
  ...Object.fromEntries(
    reasons
      .filter((reason) => errorOutcomes[reason].repeat === 'paused' || reason === 'DEADLINE_EXCEEDED')
      .map((reason) => [reason, always]),
  ),
  STORAGE_FULL: isFull,
};
const ofReads = { ...passing, THREAD_DELETED: isDeleted, THREAD_ARCHIVED: isArchived };
const ofChanges = { ...passing, THREAD_DELETED: isDeleted, THREAD_ARCHIVED: isArchived };

/** What each call may fail with, and what has to be there then. All else is a fault, INTERNAL above all. */
const explained = {
  create: passing,
  resume: { ...ofChanges, FENCED: isOvertaken },
  fork: ofChanges,
  append: {
    ...ofChanges,
    FENCED: isOvertaken,
    // A batch before it failed, and is sent again before this one is.
    SEQUENCE_GAP: isOfWriter,
    SEQUENCE_REUSED: hasRival,
    OPERATION_REUSED: hasRival,
  },
  readAll: ofReads,
  readRange: ofReads,
  readMetadata: ofReads,
  walk: passing,
  // All else is an answer to it.
  probe: passing,
  patch: ofChanges,
  touch: ofChanges,
  archive: passing,
  unarchive: passing,
  delete: passing,
} as const satisfies Record<Operation, Readonly<Record<string, Explanation>>>;

const reading: readonly Operation[] = ['readAll', 'readRange', 'readMetadata', 'walk'];

/** No call fails for a reason that nothing in this run explains, nor claims an effect, or none, that it can't have had. */
export const codes: Rule = {
  id: 'R20',
  promise: 'calls fail for the reasons that fit what was done to them, and no others',
  *violations(facts): Iterable<Violation> {
    const done = whatWasDone(facts);
    for (const call of allCalls(facts.calls)) {
      const { f, thread, reason } = call;
      if (reason === undefined) continue;
      const explanations: Readonly<Record<string, Explanation>> = explained[f];
      if (explanations[reason]?.(call, done) !== true) yield { thread, what: `${call.call}: ${f} failed: ${reason}` };
      else if (call.outcome === 'fail' && !mayHaveEffect(reason as ThreadStoreErrorReason, 'none'))
        yield { thread, what: `${call.call}: ${f} failed with effect none: ${reason}` };
      if (call.outcome === 'info' && reading.includes(f))
        yield { thread, what: `${call.call}: ${f} failed with ${reason}, as if it might have had an effect` };
    }
  },
};

/** The thread that a call looks at. */
function subjectOf(call: Call): string {
  return call.f === 'fork' ? call.source : call.thread;
}

function whatWasDone({ calls, grants, batches, faults }: Facts): WhatWasDone {
  return {
    deleted: firstBegins(calls.delete),
    archived: firstBegins(calls.archive),
    grants: Map.groupBy(grants, ({ thread }) => thread),
    rivals: new Set(sharedIdentities(batches).flatMap((rivals) => rivals.map(({ op }) => op))),
    injected: new Set(faults.flatMap(({ fault, on }) => (fault === 'inject' ? on : []))),
  };
}

function firstBegins(calls: readonly Call[]): ReadonlyMap<string, number> {
  const begins = new Map<string, number>();
  for (const { thread, at, outcome } of calls) {
    if (outcome !== 'fail') begins.set(thread, Math.min(at, begins.get(thread) ?? Infinity));
  }
  return begins;
}
