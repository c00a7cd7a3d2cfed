import { fromBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError, type ErrorEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import { StatusSchema, type Status } from '../gen/google/rpc/status_pb.ts';
import { errorWithInfo, reasonOf, type CallFacts } from './error-from-wire.ts';
import { statusDetailsKey } from './to-status.ts';

/** The parts of a grpc-js `ServiceError` that count. */
export type FailedStatus = Pick<grpc.ServiceError, 'code' | 'details' | 'metadata'>;

/**
 * The error that a failed call rejects with.
 *
 * With our ErrorInfo it is the error that the service threw, marked `remote`. Without it the transport or a proxy has failed the
 * call, and the status and `facts` decide.
 */
export function fromStatus(failed: FailedStatus, facts: CallFacts): ThreadStoreError {
  const status = readStatus(failed.metadata);
  const told = status === undefined ? undefined : errorWithInfo(failed.code, status, facts);
  return told ?? fromTransport(failed, facts);
}

function readStatus(metadata: grpc.Metadata): Status | undefined {
  const bytes = metadata.get(statusDetailsKey)[0];
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    return fromBinary(StatusSchema, bytes);
  } catch {
    // Not ours, or damaged on the way: as if there were none.
    return undefined;
  }
}

// How grpc-js words what has never left this process, or was refused before the service saw it. Some of its load balancers put
// their name before it.
const neverSent =
  /^(\w+: )?(No connection established|Name resolution failed|Stream refused by server|Channel closed before call started)/;
// How it says in the text of a deadline that a call was still waiting to be sent.
const stillWaiting = /waiting for (name resolution|metadata filters|LB pick)/i;
// How it words a connection that broke under a call, where the status isn't UNAVAILABLE.
const broken = /^(Call cancelled$|Received RST_STREAM)/;
// How it words its limit on the size of a message, on both sides.
const tooLarge = /^(Received|Sent) message .*larger than( max \((?<bytes>\d+) )?/;

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
      return isOfRequest(failed, facts)
        ? fail('REQUEST_TOO_LARGE', 'the message is larger than the transport admits', 'none')
        : fail('REQUEST_TOO_LARGE', "the service's answer is larger than this side admits", facts.effect);
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

/** Whether a message was too large that this side sent, which then nobody has read, rather than the answer to it. */
function isOfRequest({ details, metadata }: FailedStatus, { sentBytes }: CallFacts): boolean {
  // A stream's headers come before its messages, and several were sent. The text tells how large the one was.
  if (sentBytes !== undefined) return Number(tooLarge.exec(details)?.groups?.['bytes']) === sentBytes;
  // A status that came over the wire has headers with it. One without is our own.
  return Object.keys(metadata.toJSON()).length > 0;
}
