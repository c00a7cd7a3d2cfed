import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { isDeadlineOver, toStatus } from '@threadstore/protocol';
import { anyone, nobody, type Principal } from '../auth/principal.ts';
import { loggedId } from './begin-call.ts';
import { BoundedCall, type CallBounds } from './bounded-call.ts';
import { CallEnding } from './call-ending.ts';
import type { CallObserver } from './call-observer.ts';
import type { CallRecord, CallRecords } from './call-record.ts';
import type { Arrival, CallKind, Gate } from './gate.ts';
import type { OpenCall, OpenCalls } from './open-calls.ts';
import { passGates } from './pass-gates.ts';
import { isFault, told } from './told.ts';

/** Response headers of every call. Callers may give the second one, too. */
export const versionHeader = 'threadstore-version';
const requestIdHeader = 'threadstore-request-id';

export interface CallInterceptorOptions {
  readonly records: CallRecords;
  /** In this order. */
  readonly gates: readonly Gate[];
  readonly observers: readonly CallObserver[];
  readonly version: string;
  /** The service whose methods are its own, by their name. */
  readonly service: string;
  readonly openCalls: OpenCalls;
  readonly bounds: CallBounds;
}

/** Gives each call an id, puts it and the version into the response, lets it pass the gates, and tells of its end. */
export function callInterceptor(options: CallInterceptorOptions): grpc.ServerInterceptor {
  const prefix = `/${options.service}/`;
  const caller = options.gates.some(({ authenticates }) => authenticates === true) ? nobody : anyone;
  return (method, call) => {
    const record = newRecord(method.path, prefix, { peer: call.getPeer(), principal: caller });
    const end = new CallEnding(record, options.observers);
    const open: OpenCall = {
      lingers: method.responseStream && !record.isOwn,
      end: () => intercepting.sendStatus({ code: grpc.status.UNAVAILABLE, details: 'the service is shutting down' }),
    };
    options.openCalls.add(open);
    end.whenOver(() => options.openCalls.remove(open));
    let headersSent = false;
    const signed = (metadata: grpc.Metadata): grpc.Metadata => sign(metadata, options.version, record);
    const refuse = (error: unknown): void => {
      if (end.isOver) return;
      const refusal = told(error, record);
      record.reason = refusal.reason;
      if (isFault(refusal)) record.failure = error;
      intercepting.sendStatus(toStatus(refusal));
    };
    const responder: grpc.Responder = {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, nextMetadata) => {
            record.requestId = requestIdOf(metadata) ?? record.requestId;
            const arrival: Arrival = {
              ...factsOf(method, call),
              record,
              metadata,
              onEnd: (callback) => end.whenOver(callback),
              refuse,
            };
            passGates(options.gates, arrival, end, {
              onPassed: () => {
                options.records.add(metadata, record);
                intercepting.begin(arrival);
                nextMetadata(metadata);
              },
              onRefused: refuse,
            });
          },
          onReceiveMessage: (message, nextMessage) => {
            intercepting.received(message);
            nextMessage(message);
          },
          // Also told after the end of every call, when nothing is left to tell.
          onCancel: () => {
            const isLate = isDeadlineOver(call.getDeadline());
            end.is(grpc.status[isLate ? grpc.status.DEADLINE_EXCEEDED : grpc.status.CANCELLED]);
          },
        });
      },
      sendMetadata: (metadata, next) => {
        headersSent = true;
        next(signed(metadata));
      },
      sendStatus: (status, next) => {
        end.is(grpc.status[status.code ?? grpc.status.UNKNOWN]);
        // Without headers before them, trailers are the headers.
        next(headersSent ? status : { ...status, metadata: signed(status.metadata ?? new grpc.Metadata()) });
      },
    };
    const intercepting = new BoundedCall(call, responder, options.bounds);
    return intercepting;
  };
}

function sign(metadata: grpc.Metadata, version: string, { requestId }: CallRecord): grpc.Metadata {
  metadata.set(versionHeader, version);
  metadata.set(requestIdHeader, requestId);
  return metadata;
}

interface Caller {
  readonly peer: string;
  readonly principal: Principal;
}

function newRecord(path: string, prefix: string, caller: Caller): CallRecord {
  const isOwn = path.startsWith(prefix);
  const rpc = isOwn ? path.slice(prefix.length) : path.slice(1);
  return { requestId: randomUUID(), rpc, isOwn, ...caller };
}

/** The id that a caller gave its request, if it is a UUID. Anything else might be content. */
function requestIdOf(metadata: grpc.Metadata): string | undefined {
  const given = metadata.get(requestIdHeader);
  return given.length === 1 ? loggedId(given[0]) : undefined;
}

type CalledMethod = Parameters<grpc.ServerInterceptor>[0];

function factsOf(
  method: CalledMethod,
  call: grpc.ServerInterceptingCallInterface,
): Pick<Arrival, 'kind' | 'deadline' | 'peer' | 'certificate'> {
  return {
    kind: kindOf(method),
    deadline: Number(call.getDeadline()),
    peer: call.getPeer(),
    certificate: call.getAuthContext().sslPeerCertificate,
  };
}

function kindOf({ requestStream, responseStream }: CalledMethod): CallKind {
  if (requestStream) return 'append';
  return responseStream ? 'read' : 'unary';
}
