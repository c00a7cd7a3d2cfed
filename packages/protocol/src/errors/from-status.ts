import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack, durationMs } from '@bufbuild/protobuf/wkt';
import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError, type ErrorEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import { ErrorInfoSchema, RetryInfoSchema, type ErrorInfo } from '../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';
import { errorDomain, isKnownReason, statusReason } from './reasons.ts';
import { statusDetailsKey } from './to-status.ts';

export interface CallFacts {
  /** What the call may have done when its outcome is not known: `none` for a read, `unknown` for a write that was sent. */
  readonly effect: ErrorEffect;
  /** The operation's name in upstream spelling, `append_items`, for errors that have to name it. */
  readonly operation: string;
}

/** The parts of a grpc-js `ServiceError` that count. */
export type FailedStatus = Pick<grpc.ServiceError, 'code' | 'details' | 'metadata'>;

interface StatusDetails {
  readonly message: string;
  readonly info: ErrorInfo | undefined;
  readonly retryAfterMs: number | undefined;
}

/**
 * The error that a failed call rejects with.
 *
 * With our ErrorInfo it is the error that the service threw, marked `remote`. A reason of a newer service that is unknown here is
 * kept in `details.remoteReason`, and the status decides. Without ErrorInfo the transport or a proxy has failed the call, and the
 * status and `facts` decide.
 */
export function fromStatus(failed: FailedStatus, facts: CallFacts): ThreadStoreError {
  const details = readDetails(failed.metadata);
  if (details?.info === undefined) return fromTransport(failed, facts);
  const { info, message, retryAfterMs } = details;
  const { effect, ...rest } = info.metadata;
  const { reason } = info;
  return new ThreadStoreError({
    reason: isKnownReason(reason) ? reason : reasonOf(failed.code),
    message,
    details: isKnownReason(reason) ? rest : { ...rest, remoteReason: reason },
    // A read stores nothing, whatever happened to the service. Of a write, one that does not say it leaves it open.
    effect: effect === 'none' ? 'none' : facts.effect,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    remote: true,
  });
}

function readDetails(metadata: grpc.Metadata): StatusDetails | undefined {
  const bytes = metadata.get(statusDetailsKey)[0];
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    const status = fromBinary(StatusSchema, bytes);
    let info: ErrorInfo | undefined;
    let retryAfterMs: number | undefined;
    for (const detail of status.details) {
      const errorInfo = anyUnpack(detail, ErrorInfoSchema);
      if (errorInfo?.domain === errorDomain) info ??= errorInfo;
      const delay = anyUnpack(detail, RetryInfoSchema)?.retryDelay;
      if (delay !== undefined) retryAfterMs ??= durationMs(delay);
    }
    return { message: status.message, info, retryAfterMs };
  } catch {
    // Not ours, or damaged on the way: as if there were none.
    return undefined;
  }
}

function reasonOf(code: grpc.status): ThreadStoreErrorReason {
  return Object.hasOwn(statusReason, code) ? statusReason[code as keyof typeof statusReason] : 'INTERNAL';
}

// How grpc-js words what has never left this process, or was refused before the service saw it.
const neverSent =
  /^(No connection established|Name resolution failed|Stream refused by server|Channel closed before call started)/;
// How it says in the text of a deadline that a call was still waiting to be sent.
const stillWaiting = /waiting for (name resolution|metadata filters|LB pick)/i;
// How it words a connection that broke under a call, where the status isn't UNAVAILABLE.
const broken = /^(Call cancelled$|Received RST_STREAM)/;
// How it words its limit on the size of a message, on both sides.
const tooLarge = /^(Received|Sent) message .*larger than/;

function fromTransport(failed: FailedStatus, facts: CallFacts): ThreadStoreError {
  const { operation } = facts;
  const fail = (
    reason: ThreadStoreErrorReason,
    what: string,
    effect: ErrorEffect,
    details: Readonly<Record<string, string>> = {},
  ): ThreadStoreError =>
    new ThreadStoreError({ reason, message: `${operation}: ${what}`, effect, details, cause: failed });

  if (failed.code === grpc.status.UNAVAILABLE || broken.test(failed.details)) {
    if (neverSent.test(failed.details)) return fail('BACKEND_UNAVAILABLE', "the service can't be reached", 'none');
    return facts.effect === 'none'
      ? fail('BACKEND_UNAVAILABLE', 'the connection to the service broke', 'none')
      : fail('OUTCOME_UNKNOWN', 'the connection to the service broke, it may have been done or not', 'unknown');
  }
  const reason = reasonOf(failed.code);
  switch (reason) {
    case 'OVERLOADED':
      if (!tooLarge.test(failed.details)) {
        return fail('OVERLOADED', 'the service or a proxy before it takes no more', facts.effect);
      }
      // A status that came over the wire has headers with it. One without is our own: the answer to what has been done.
      return Object.keys(failed.metadata.toJSON()).length === 0
        ? fail('REQUEST_TOO_LARGE', "the service's answer is larger than this side admits", facts.effect)
        : fail('REQUEST_TOO_LARGE', 'the message is larger than the transport admits', 'none');
    case 'UNSUPPORTED_OPERATION':
      return fail(reason, 'the service does not have this operation', 'none', { operation });
    case 'DEADLINE_EXCEEDED':
      return fail(reason, 'the deadline has passed', stillWaiting.test(failed.details) ? 'none' : facts.effect);
    case 'CANCELLED':
      return fail(reason, 'the call was cancelled', facts.effect);
    default:
      return fail(reason, `the transport failed with ${grpc.status[failed.code] ?? 'an unknown status'}`, facts.effect);
  }
}
