import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { isDeadlineOver } from '@threadstore/protocol';
import { errorFields } from '../error-fields.ts';
import type { Logger } from '../log.ts';
import type { CallRecord, CallRecords } from './call-record.ts';
import type { OpenCall, OpenCalls } from './open-calls.ts';

/** Response headers of every call. */
export const versionHeader = 'threadstore-version';
const requestIdHeader = 'threadstore-request-id';

/** Bytes of the names and values of a request's metadata. */
const metadataBytesMax = 16 * 1024;

export interface CallInterceptorOptions {
  readonly records: CallRecords;
  readonly logger: Logger;
  readonly version: string;
  /** The service whose methods are logged as information; those of others are for debugging. */
  readonly service: string;
  readonly openCalls: OpenCalls;
}

/** Gives each call an id, puts it and the version into the response, refuses too much metadata, and logs the call's end. */
export function callInterceptor(options: CallInterceptorOptions): grpc.ServerInterceptor {
  const prefix = `/${options.service}/`;
  return (method, call) => {
    const isOwn = method.path.startsWith(prefix);
    const record: CallRecord = {
      requestId: randomUUID(),
      rpc: isOwn ? method.path.slice(prefix.length) : method.path.slice(1),
    };
    const logEnd = endLog(record, isOwn, options.logger);
    const open: OpenCall = {
      lingers: method.responseStream && !isOwn,
      end: () => intercepting.sendStatus({ code: grpc.status.UNAVAILABLE, details: 'the service is shutting down' }),
    };
    options.openCalls.add(open);
    let headersSent = false;
    const ended = (code: string): void => {
      options.openCalls.remove(open);
      logEnd(code);
    };
    const signed = (metadata: grpc.Metadata): grpc.Metadata => {
      metadata.set(versionHeader, options.version);
      metadata.set(requestIdHeader, record.requestId);
      return metadata;
    };
    const intercepting = new grpc.ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, nextMetadata) => {
            const bytes = metadataBytes(metadata);
            if (bytes > metadataBytesMax) {
              record.reason = 'REQUEST_TOO_LARGE';
              const details = `metadata: too many bytes (got ${bytes}, limit ${metadataBytesMax})`;
              intercepting.sendStatus({ code: grpc.status.RESOURCE_EXHAUSTED, details });
              return;
            }
            options.records.add(metadata, record);
            nextMetadata(metadata);
          },
          // Also told after the end of every call, when nothing is left to log.
          onCancel: () => {
            const isLate = isDeadlineOver(call.getDeadline());
            ended(grpc.status[isLate ? grpc.status.DEADLINE_EXCEEDED : grpc.status.CANCELLED]);
          },
        });
      },
      sendMetadata: (metadata, next) => {
        headersSent = true;
        next(signed(metadata));
      },
      sendStatus: (status, next) => {
        ended(grpc.status[status.code ?? grpc.status.UNKNOWN]);
        // Without headers before them, trailers are the headers.
        next(headersSent ? status : { ...status, metadata: signed(status.metadata ?? new grpc.Metadata()) });
      },
    });
    return intercepting;
  };
}

/** Statuses that tell of the service's own trouble rather than of the caller's. */
const troubles: ReadonlySet<string> = new Set(['UNKNOWN', 'INTERNAL', 'DATA_LOSS']);
const shortages: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED']);

/** Logs a call's end, the first time it is told. */
function endLog(record: CallRecord, isOwn: boolean, logger: Logger): (code: string) => void {
  const startedAt = performance.now();
  let logged = false;
  return (code) => {
    if (logged) return;
    logged = true;
    const { requestId, rpc, threadId, reason, appends, refused, items, bytes, threads, turns, withheld, failure } =
      record;
    const ms = Math.round((performance.now() - startedAt) * 1000) / 1000;
    const fields = {
      requestId,
      rpc,
      code,
      ...(reason === undefined ? {} : { reason }),
      ms,
      ...(threadId === undefined ? {} : { threadId }),
      ...(appends === undefined ? {} : { appends }),
      ...(refused === undefined ? {} : { refused }),
      ...(items === undefined ? {} : { items }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(threads === undefined ? {} : { threads }),
      ...(turns === undefined ? {} : { turns }),
      ...(withheld === undefined ? {} : { withheld }),
      ...(failure === undefined ? {} : { error: errorFields(failure) }),
    };
    if (troubles.has(code)) logger.error(fields, 'call failed');
    else if (shortages.has(code)) logger.warn(fields, 'call failed');
    else if (isOwn) logger.info(fields, 'call');
    else logger.debug(fields, 'call');
  };
}

function metadataBytes(metadata: grpc.Metadata): number {
  let bytes = 0;
  for (const [key, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) bytes += key.length + Buffer.byteLength(value);
  }
  return bytes;
}
