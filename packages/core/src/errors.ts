import { errorOutcomes } from './error-outcomes.ts';

/**
 * Every way an operation of a thread store can fail.
 *
 * The set is closed: callers may switch over it without a default branch. Codes and reasons are stable; messages are for
 * people, may change, and never hold item content.
 */
export type ThreadStoreErrorCode =
  | 'not_found'
  | 'invalid_request'
  | 'conflict'
  | 'unsupported'
  | 'resource_exhausted'
  | 'unavailable'
  | 'unauthenticated'
  | 'permission_denied'
  | 'deadline_exceeded'
  | 'cancelled'
  | 'data_loss'
  | 'internal';

/**
 * The reasons a store gives, each with the one code it belongs to. A reason is finer than its code: branch on the code,
 * and on the reason only where the difference matters.
 */
export const errorReasonCodes = {
  /** No thread of that id is visible to the caller: never created, not materialised yet, or another tenant's. */
  THREAD_NOT_FOUND: 'not_found',
  /** The thread was deleted. Its id can never be used again. */
  THREAD_DELETED: 'not_found',

  /** A field has a wrong form, or names a turn that is no place to fork at. `details.field` names it. */
  INVALID_FIELD: 'invalid_request',
  /** A value is over one of the {@link Limits}. `details.field`, `details.limit` (its name), `details.max`, `details.got`. */
  LIMIT_EXCEEDED: 'invalid_request',
  /** An item is not JSON text. `details.field` is `items[i]`, `details.offset` the first offending UTF-16 unit, or byte on the wire. */
  ITEM_NOT_JSON: 'invalid_request',
  /** An item or a string is not well-formed Unicode. `details.field`. */
  NOT_UNICODE: 'invalid_request',
  /** A cursor was not made by this store for this tenant, or has been changed. */
  INVALID_CURSOR: 'invalid_request',
  /** A cursor was made for another query or order. */
  CURSOR_MISMATCH: 'invalid_request',
  /** The thread is archived and the call did not say `includeArchived`. */
  THREAD_ARCHIVED: 'invalid_request',

  /** `createThread` or `forkThread` met a thread of that id. */
  THREAD_EXISTS: 'conflict',
  /** `createThread` or `forkThread` met the tombstone of a deleted thread of that id. */
  THREAD_ID_USED: 'conflict',
  /** Another writer's lease runs. `details.holder`, `details.leaseUntil` (RFC 3339), `details.actual` (its epoch). */
  WRITER_LIVE: 'conflict',
  /** A later writer was granted the thread. `details.expected` (epoch given), `details.actual` (current epoch). */
  FENCED: 'conflict',
  /** The epoch was never granted. `details.expected`, `details.actual`. */
  EPOCH_NOT_GRANTED: 'conflict',
  /** The epoch is the current one but was released by shutdown, discard or archive. `details.actual`. */
  WRITER_RELEASED: 'conflict',
  /** A batch before this one is missing. `details.expected` (next sequence), `details.actual` (sequence given). */
  SEQUENCE_GAP: 'conflict',
  /** That sequence was used for a batch with other items. `details.actual`. */
  SEQUENCE_REUSED: 'conflict',
  /** That operation id was used for an external append with other items. `details.operationId`. */
  OPERATION_REUSED: 'conflict',

  /** A turn of the thread is running, or a rollback: what needs the thread to rest has to wait. Of a thread manager, not of a store. */
  TURN_IN_PROGRESS: 'conflict',

  /** The store does not have the operation. `details.operation` names it in the upstream spelling (`list_turns`). */
  UNSUPPORTED_OPERATION: 'unsupported',

  /** The request is larger than the transport admits. */
  REQUEST_TOO_LARGE: 'resource_exhausted',
  /** Too many calls or bytes are in flight, or a quota is used up. */
  OVERLOADED: 'resource_exhausted',

  /** `close()` was called on the store. */
  STORE_CLOSED: 'unavailable',
  /** The service or its database can't be reached now. */
  BACKEND_UNAVAILABLE: 'unavailable',
  /** The service is shutting down; another replica, or the next start, will answer. */
  DRAINING: 'unavailable',
  /** The database has no room. */
  STORAGE_FULL: 'unavailable',
  /** The connection broke after a write was sent: it may or may not have been done. */
  OUTCOME_UNKNOWN: 'unavailable',

  UNAUTHENTICATED: 'unauthenticated',
  PERMISSION_DENIED: 'permission_denied',
  DEADLINE_EXCEEDED: 'deadline_exceeded',
  CANCELLED: 'cancelled',
  /** The database holds damaged data, or can't read what it holds. Somebody has to look at it. */
  DATA_CORRUPTED: 'data_loss',
  INTERNAL: 'internal',
} as const satisfies Readonly<Record<string, ThreadStoreErrorCode>>;

export type ThreadStoreErrorReason = keyof typeof errorReasonCodes;

/**
 * What a failed call has done to the store: `none` (certainly nothing) or `unknown` (perhaps all of it; ask, or repeat a
 * call whose doc comment says that a retry is safe).
 */
export type ErrorEffect = 'none' | 'unknown';

export interface ThreadStoreErrorInit {
  readonly reason: ThreadStoreErrorReason;
  /** One line for people: `field: what is wrong (got X, limit Y)`. Never item content, SQL or host names. */
  readonly message: string;
  /** Facts for programs, by the keys that the reason documents. */
  readonly details?: Readonly<Record<string, string>>;
  /** Default `none`, where the reason may have it: see {@link errorOutcomes}. */
  readonly effect?: ErrorEffect;
  /** How long to wait before a retry has a chance, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The underlying error. Stays on this side of the wire. */
  readonly cause?: unknown;
  /** True when the error was reported by the other side of a connection. */
  readonly remote?: boolean;
}

/** The one error class of every thread store. Mistakes of programming (a missing argument, say) are `TypeError`s instead. */
export class ThreadStoreError extends Error {
  override readonly name = 'ThreadStoreError';
  readonly code: ThreadStoreErrorCode;
  readonly reason: ThreadStoreErrorReason;
  readonly details: Readonly<Record<string, string>>;
  readonly effect: ErrorEffect;
  readonly retryAfterMs: number | undefined;
  readonly remote: boolean;

  constructor(init: ThreadStoreErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = errorReasonCodes[init.reason];
    this.reason = init.reason;
    this.details = init.details ?? {};
    this.effect = init.effect ?? (errorOutcomes[init.reason].effect === 'unknown' ? 'unknown' : 'none');
    this.retryAfterMs = init.retryAfterMs;
    this.remote = init.remote ?? false;
  }
}
