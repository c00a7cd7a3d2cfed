import { toBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';
import { statusToWire } from './status-to-wire.ts';

/** What fits in the 31 bits that it has. */
const pushbackMsMax = 2 ** 31 - 1;

export type WireStatus = Required<Pick<grpc.StatusObject, 'code' | 'details' | 'metadata'>>;

export const statusDetailsKey = 'grpc-status-details-bin';
/** Tells the retries of gRPC libraries when to come again. */
const pushbackKey = 'grpc-retry-pushback-ms';

/**
 * The status of a failed call, with the whole google.rpc.Status that {@link statusToWire} makes in the trailers, and when to come again
 * if the error says so.
 */
export function toStatus(error: unknown): WireStatus {
  const status = statusToWire(error);
  const metadata = new grpc.Metadata();
  metadata.set(statusDetailsKey, Buffer.from(toBinary(StatusSchema, status)));
  const retryAfterMs = error instanceof ThreadStoreError ? error.retryAfterMs : undefined;
  if (retryAfterMs !== undefined && retryAfterMs >= 0) {
    metadata.set(pushbackKey, String(Math.min(Math.ceil(retryAfterMs), pushbackMsMax)));
  }
  return { code: status.code, details: status.message, metadata };
}
