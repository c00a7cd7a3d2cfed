import { anyUnpack, durationMs } from '@bufbuild/protobuf/wkt';
import type * as grpc from '@grpc/grpc-js';
import { ThreadStoreError, type ErrorEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import { ErrorInfoSchema, RetryInfoSchema, type ErrorInfo } from '../gen/google/rpc/error_details_pb.ts';
import type { Status } from '../gen/google/rpc/status_pb.ts';
import { errorDomain, isKnownReason, statusReason } from './reasons.ts';

export interface CallFacts {
  /** What the call may have done when its outcome is not known: `none` for a read, `unknown` for a write that was sent. */
  readonly effect: ErrorEffect;
  /** The operation's name in upstream spelling, `append_items`, for errors that have to name it. */
  readonly operation: string;
  /** Of a stream: bytes of the message that it is about, of several that were sent. */
  readonly sentBytes?: number;
}

/**
 * The error that a google.rpc.Status within a message tells of, marked `remote`. Without our ErrorInfo its code and `facts`
 * decide.
 */
export function errorFromWire(status: Status, facts: CallFacts): ThreadStoreError {
  return (
    errorWithInfo(status.code, status, facts) ??
    new ThreadStoreError({
      reason: reasonOf(status.code),
      message: `${facts.operation}: ${status.message}`,
      effect: facts.effect,
      remote: true,
    })
  );
}

/**
 * The error that the service threw, when its ErrorInfo is there. A reason of a newer service that is unknown here is kept in
 * `details.remoteReason`, and the code decides.
 */
export function errorWithInfo(code: grpc.status, status: Status, facts: CallFacts): ThreadStoreError | undefined {
  const { info, retryAfterMs } = readDetails(status);
  if (info === undefined) return undefined;
  const { effect, ...rest } = info.metadata;
  const { reason } = info;
  return new ThreadStoreError({
    reason: isKnownReason(reason) ? reason : reasonOf(code),
    message: status.message,
    details: isKnownReason(reason) ? rest : { ...rest, remoteReason: reason },
    // A read stores nothing, whatever happened to the service. Of a write, one that does not say it leaves it open.
    effect: effect === 'none' ? 'none' : facts.effect,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    remote: true,
  });
}

interface StatusDetails {
  readonly info: ErrorInfo | undefined;
  readonly retryAfterMs: number | undefined;
}

function readDetails(status: Status): StatusDetails {
  let info: ErrorInfo | undefined;
  let retryAfterMs: number | undefined;
  try {
    for (const detail of status.details) {
      const errorInfo = anyUnpack(detail, ErrorInfoSchema);
      if (errorInfo?.domain === errorDomain) info ??= errorInfo;
      const delay = anyUnpack(detail, RetryInfoSchema)?.retryDelay;
      if (delay !== undefined) retryAfterMs ??= durationMs(delay);
    }
  } catch {
    // Damaged on the way: as if there were none.
    return { info: undefined, retryAfterMs: undefined };
  }
  return { info, retryAfterMs };
}

/** What a code is taken for when no reason comes with it. */
export function reasonOf(code: number): ThreadStoreErrorReason {
  return Object.hasOwn(statusReason, code) ? statusReason[code as keyof typeof statusReason] : 'INTERNAL';
}
