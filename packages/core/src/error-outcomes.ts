import type { ErrorEffect, ThreadStoreErrorReason } from './errors.ts';

/**
 * Whether a call that failed may be made again with the same request, as far as the failure is concerned. A write of effect
 * `unknown` is only repeated when the operation's doc comment says that a retry is safe.
 *
 * - `never`: it fails again until the request changes, or what it is about.
 * - `whenTold`: after the error's `retryAfterMs`; where it has none, only people know when.
 * - `paused`: after a pause that grows with each attempt, or after `retryAfterMs`. Clients do so by themselves.
 * - `atOnce`: it was the caller who ended it. The store has nothing against it.
 */
export type ErrorRepeat = 'never' | 'whenTold' | 'paused' | 'atOnce';

export interface ErrorOutcome {
  /** The only effect that a store gives the reason with, or `either`: then the error itself says which. */
  readonly effect: ErrorEffect | 'either';
  readonly repeat: ErrorRepeat;
}

const refused = { effect: 'none', repeat: 'never' } as const;
const passing = { effect: 'none', repeat: 'paused' } as const;
const shortage = { effect: 'none', repeat: 'whenTold' } as const;
const ended = { effect: 'either', repeat: 'atOnce' } as const;

/**
 * What a call that failed for a reason may have done, and whether it may be made again: the one table that stores, the service, its
 * clients and the checkers of recorded runs go by.
 *
 * It speaks of one attempt and of what the store itself said. An error that is told after several attempts, or that stands for a
 * status of somebody between, may be of effect `unknown` for any reason.
 */
export const errorOutcomes = {
  THREAD_NOT_FOUND: refused,
  THREAD_DELETED: refused,

  INVALID_FIELD: refused,
  LIMIT_EXCEEDED: refused,
  ITEM_NOT_JSON: refused,
  NOT_UNICODE: refused,
  INVALID_CURSOR: refused,
  CURSOR_MISMATCH: refused,
  THREAD_ARCHIVED: refused,

  THREAD_EXISTS: refused,
  THREAD_ID_USED: refused,
  // The lease may run on and on: who wants to wait for its end says so in the request.
  WRITER_LIVE: refused,
  FENCED: refused,
  EPOCH_NOT_GRANTED: refused,
  WRITER_RELEASED: refused,
  // It's the batch before that has to be sent, and then this one.
  SEQUENCE_GAP: refused,
  SEQUENCE_REUSED: refused,
  OPERATION_REUSED: refused,
  TURN_IN_PROGRESS: refused,

  UNSUPPORTED_OPERATION: refused,

  // The request was too large, or what it was answered with.
  REQUEST_TOO_LARGE: { effect: 'either', repeat: 'never' },
  OVERLOADED: shortage,

  // Of the caller's own store: a service says DRAINING.
  STORE_CLOSED: refused,
  BACKEND_UNAVAILABLE: passing,
  DRAINING: passing,
  STORAGE_FULL: shortage,
  OUTCOME_UNKNOWN: { effect: 'unknown', repeat: 'paused' },

  // Before the call began, or in its midst: credentials end while calls are under way.
  UNAUTHENTICATED: { effect: 'either', repeat: 'never' },
  PERMISSION_DENIED: refused,
  DEADLINE_EXCEEDED: ended,
  CANCELLED: ended,
  DATA_CORRUPTED: refused,
  INTERNAL: { effect: 'either', repeat: 'never' },
} as const satisfies Readonly<Record<ThreadStoreErrorReason, ErrorOutcome>>;

/** The reasons that may come with an effect. */
export type ReasonOfEffect<E extends ErrorEffect> = {
  [R in ThreadStoreErrorReason]: (typeof errorOutcomes)[R]['effect'] extends E | 'either' ? R : never;
}[ThreadStoreErrorReason];

/** Whether a store may give a reason with this effect. */
export function mayHaveEffect(reason: ThreadStoreErrorReason, effect: ErrorEffect): boolean {
  const outcome: ErrorOutcome = errorOutcomes[reason];
  return outcome.effect === 'either' || outcome.effect === effect;
}
