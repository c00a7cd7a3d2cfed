import * as grpc from '@grpc/grpc-js';
import { errorReasonCodes, type ThreadStoreErrorReason } from '@threadstore/core';

/** The `domain` of every ErrorInfo that a threadstore service sends. */
export const errorDomain = 'threadstore';

/** The status that each reason goes by on the wire. */
export const reasonStatus: Readonly<Record<ThreadStoreErrorReason, grpc.status>> = {
  THREAD_NOT_FOUND: grpc.status.NOT_FOUND,
  THREAD_DELETED: grpc.status.NOT_FOUND,

  INVALID_FIELD: grpc.status.INVALID_ARGUMENT,
  LIMIT_EXCEEDED: grpc.status.INVALID_ARGUMENT,
  ITEM_NOT_JSON: grpc.status.INVALID_ARGUMENT,
  NOT_UNICODE: grpc.status.INVALID_ARGUMENT,
  INVALID_CURSOR: grpc.status.INVALID_ARGUMENT,
  CURSOR_MISMATCH: grpc.status.INVALID_ARGUMENT,
  THREAD_ARCHIVED: grpc.status.INVALID_ARGUMENT,

  THREAD_EXISTS: grpc.status.ALREADY_EXISTS,
  THREAD_ID_USED: grpc.status.ALREADY_EXISTS,
  WRITER_LIVE: grpc.status.FAILED_PRECONDITION,
  // ABORTED says "go back to a higher level": take the thread again, or send the batches before.
  FENCED: grpc.status.ABORTED,
  EPOCH_NOT_GRANTED: grpc.status.FAILED_PRECONDITION,
  WRITER_RELEASED: grpc.status.FAILED_PRECONDITION,
  SEQUENCE_GAP: grpc.status.ABORTED,
  SEQUENCE_REUSED: grpc.status.FAILED_PRECONDITION,
  OPERATION_REUSED: grpc.status.FAILED_PRECONDITION,
  TURN_IN_PROGRESS: grpc.status.FAILED_PRECONDITION,

  UNSUPPORTED_OPERATION: grpc.status.UNIMPLEMENTED,

  REQUEST_TOO_LARGE: grpc.status.RESOURCE_EXHAUSTED,
  OVERLOADED: grpc.status.RESOURCE_EXHAUSTED,

  STORE_CLOSED: grpc.status.UNAVAILABLE,
  BACKEND_UNAVAILABLE: grpc.status.UNAVAILABLE,
  DRAINING: grpc.status.UNAVAILABLE,
  STORAGE_FULL: grpc.status.UNAVAILABLE,
  OUTCOME_UNKNOWN: grpc.status.UNAVAILABLE,

  UNAUTHENTICATED: grpc.status.UNAUTHENTICATED,
  PERMISSION_DENIED: grpc.status.PERMISSION_DENIED,
  DEADLINE_EXCEEDED: grpc.status.DEADLINE_EXCEEDED,
  CANCELLED: grpc.status.CANCELLED,
  DATA_CORRUPTED: grpc.status.DATA_LOSS,
  INTERNAL: grpc.status.INTERNAL,
};

/**
 * What a status is taken for when no reason that we know comes with it: from a newer service, from the transport, or from a
 * proxy. Of several reasons the one stands here on whose word a caller does the least harm: a writer stops.
 */
export const statusReason: Readonly<Record<Exclude<grpc.status, grpc.status.OK>, ThreadStoreErrorReason>> = {
  [grpc.status.CANCELLED]: 'CANCELLED',
  [grpc.status.UNKNOWN]: 'INTERNAL',
  [grpc.status.INVALID_ARGUMENT]: 'INVALID_FIELD',
  [grpc.status.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [grpc.status.NOT_FOUND]: 'THREAD_NOT_FOUND',
  [grpc.status.ALREADY_EXISTS]: 'THREAD_EXISTS',
  [grpc.status.PERMISSION_DENIED]: 'PERMISSION_DENIED',
  [grpc.status.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [grpc.status.FAILED_PRECONDITION]: 'WRITER_RELEASED',
  [grpc.status.ABORTED]: 'FENCED',
  [grpc.status.OUT_OF_RANGE]: 'INVALID_FIELD',
  [grpc.status.UNIMPLEMENTED]: 'UNSUPPORTED_OPERATION',
  [grpc.status.INTERNAL]: 'INTERNAL',
  [grpc.status.UNAVAILABLE]: 'BACKEND_UNAVAILABLE',
  [grpc.status.DATA_LOSS]: 'DATA_CORRUPTED',
  [grpc.status.UNAUTHENTICATED]: 'UNAUTHENTICATED',
};

export function isKnownReason(reason: string): reason is ThreadStoreErrorReason {
  return Object.hasOwn(errorReasonCodes, reason);
}
