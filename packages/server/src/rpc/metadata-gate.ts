import type { Metadata } from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';
import type { Gate } from './gate.ts';

/** Bytes of the names and values of a request's metadata. */
const metadataBytesMax = 16 * 1024;

/** Refuses too much metadata. */
export const metadataGate: Gate = {
  enter({ metadata }) {
    const bytes = metadataBytes(metadata);
    if (bytes <= metadataBytesMax) return;
    throw new ThreadStoreError({
      reason: 'REQUEST_TOO_LARGE',
      message: `metadata: too many bytes (got ${bytes}, limit ${metadataBytesMax})`,
    });
  },
};

function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const [key, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) bytes += key.length + Buffer.byteLength(value);
  }
  return bytes;
}
