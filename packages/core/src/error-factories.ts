import { optionalOperations, type OptionalOperation } from './capabilities.ts';
import { ThreadStoreError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Lease, ThreadId } from './thread.ts';

/** The same error, to the byte, for a thread that never was, one that is not materialised, and another tenant's. */
export function threadNotFound(threadId: ThreadId): ThreadStoreError {
  return new ThreadStoreError({ reason: 'THREAD_NOT_FOUND', message: `thread ${threadId}: not found` });
}

export function threadDeleted(threadId: ThreadId): ThreadStoreError {
  return new ThreadStoreError({ reason: 'THREAD_DELETED', message: `thread ${threadId}: was deleted` });
}

export function threadArchived(threadId: ThreadId): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'THREAD_ARCHIVED',
    message: `thread ${threadId}: is archived, say includeArchived to use it`,
  });
}

export function threadExists(threadId: ThreadId): ThreadStoreError {
  return new ThreadStoreError({ reason: 'THREAD_EXISTS', message: `thread ${threadId}: exists already` });
}

export function threadIdUsed(threadId: ThreadId): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'THREAD_ID_USED',
    message: `thread ${threadId}: the id was used by a deleted thread`,
  });
}

/** Another writer's lease runs; `now` is the time of the store's clock at which that was found. */
export function writerLive(epoch: bigint, lease: Lease, now: Date): ThreadStoreError {
  const until = lease.until.toISOString();
  return new ThreadStoreError({
    reason: 'WRITER_LIVE',
    message: `threadId: has a live writer, ${JSON.stringify(lease.holder)}, until ${until}`,
    details: { holder: lease.holder, leaseUntil: until, actual: String(epoch) },
    retryAfterMs: Math.max(0, lease.until.getTime() - now.getTime()),
  });
}

export function fenced(given: bigint, current: bigint): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'FENCED',
    message: `epoch: a later writer has the thread (got ${given}, current ${current})`,
    details: { expected: String(given), actual: String(current) },
  });
}

export function epochNotGranted(given: bigint, current: bigint): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'EPOCH_NOT_GRANTED',
    message: `epoch: was never granted (got ${given}, current ${current})`,
    details: { expected: String(given), actual: String(current) },
  });
}

export function writerReleased(epoch: bigint): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'WRITER_RELEASED',
    message: `epoch: was released, resume the thread to write (got ${epoch})`,
    details: { actual: String(epoch) },
  });
}

export function sequenceGap(given: bigint, next: bigint): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'SEQUENCE_GAP',
    message: `sequence: a batch before this one is missing (got ${given}, next ${next})`,
    details: { expected: String(next), actual: String(given) },
  });
}

export function sequenceReused(given: bigint): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'SEQUENCE_REUSED',
    message: `sequence: was used for a batch with other items (got ${given})`,
    details: { actual: String(given) },
  });
}

export function operationReused(operationId: string): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'OPERATION_REUSED',
    message: 'operationId: was used for an append with other items',
    details: { operationId },
  });
}

/** `what` can't be done meanwhile: `roll back`. */
export function turnInProgress(threadId: ThreadId, what: string): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'TURN_IN_PROGRESS',
    message: `thread ${threadId}: cannot ${what} while a turn is in progress`,
  });
}

/** What to call in the place of an operation that a store lacks. */
const insteadOf: Readonly<Record<OptionalOperation, string>> = {
  readThreadByRolloutPath: 'the store has no files, use readThread with the id of the thread',
  listTurns: 'the store does not have it, use streamHistory',
  listItems: 'the store does not have it, use streamHistory',
  searchThreads: 'the store does not have it, use listThreads with searchTerm',
  forkThread: 'the store does not have it, create a thread with forkedFromId and append the items',
  loadModelContext: 'the store does not have it, use streamHistory',
  tailThread: 'the store does not have it, use streamHistory with fromOrdinal from time to time',
  watchThreads: 'the store does not have it, use listThreads sorted by updated_at',
};

export function operationLacking(operation: OptionalOperation): ThreadStoreError {
  return unsupported(optionalOperations[operation], insteadOf[operation]);
}

/** For a path that is given to a store without files. `operation` in the upstream spelling: `resume_thread`. */
export function pathUnsupported(operation: string): ThreadStoreError {
  return unsupported(
    `${operation}.rollout_path`,
    'the store has no files, leave the path out and use the id of the thread',
  );
}

function unsupported(operation: string, what: string): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'UNSUPPORTED_OPERATION',
    message: `${operation}: ${what}`,
    details: { operation },
  });
}

/** `what` follows the field's name in the message: `must be a boolean`. */
export function invalidField(field: string, what: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'INVALID_FIELD', message: `${field}: ${what}`, details: { field } });
}

/** A page that asks for too much gets less instead. */
type RefusingLimit = Exclude<keyof Limits, 'pageSizeMax' | 'pageSizeDefault' | 'pageBytesMax'>;

export interface LimitExcess {
  readonly field: string;
  readonly limit: RefusingLimit;
  readonly max: number;
  readonly got: number;
}

const limitTexts: Readonly<Record<RefusingLimit, string>> = {
  itemBytesMax: 'too many bytes',
  appendBytesMax: 'too many bytes in all',
  batchItemsMax: 'too many items',
  jsonDepthMax: 'nested too deep',
  nameBytesMax: 'too many bytes',
  metadataValueBytesMax: 'too many bytes',
  holderBytesMax: 'too many bytes',
  operationIdBytesMax: 'too many bytes',
  writersMax: 'too many writers',
  turnBytesMax: 'too many bytes in one turn',
  filterValuesMax: 'too many values',
  searchTermBytesMax: 'too many bytes',
  cursorBytesMax: 'too many bytes',
};

export function limitExceeded({ field, limit, max, got }: LimitExcess): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'LIMIT_EXCEEDED',
    message: `${field}: ${limitTexts[limit]} (got ${got}, limit ${limit} ${max})`,
    details: { field, limit, max: String(max), got: String(got) },
  });
}

/** `offset` is the first UTF-16 unit that can't stand where it stands; the text's length when the text ends too early. */
export function itemNotJson(field: string, offset: number): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'ITEM_NOT_JSON',
    message: `${field}: not valid JSON at offset ${offset}`,
    details: { field, offset: String(offset) },
  });
}

export function notUnicode(field: string): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'NOT_UNICODE',
    message: `${field}: not well-formed Unicode`,
    details: { field },
  });
}

export function invalidCursor(): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'INVALID_CURSOR',
    message: 'cursor: not issued by this service',
    details: { field: 'cursor' },
  });
}

export function cursorMismatch(): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'CURSOR_MISMATCH',
    message: 'cursor: was issued for a different query',
    details: { field: 'cursor' },
  });
}

export function managerClosed(): ThreadStoreError {
  return new ThreadStoreError({ reason: 'STORE_CLOSED', message: 'the thread manager is closed' });
}

export function storeClosed(): ThreadStoreError {
  return new ThreadStoreError({ reason: 'STORE_CLOSED', message: 'the store is closed' });
}
