import { toBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';
import { statusToWire } from './status-to-wire.ts';

export type WireStatus = Required<Pick<grpc.StatusObject, 'code' | 'details' | 'metadata'>>;

export const statusDetailsKey = 'grpc-status-details-bin';

/** The status of a failed call, with the whole google.rpc.Status that {@link statusToWire} makes in the trailers. */
export function toStatus(error: unknown): WireStatus {
  const status = statusToWire(error);
  const metadata = new grpc.Metadata();
  metadata.set(statusDetailsKey, Buffer.from(toBinary(StatusSchema, status)));
  return { code: status.code, details: status.message, metadata };
}
