import type { ChannelOptions } from '@grpc/grpc-js';
import type { Limits } from '@threadstore/core';

const second = 1_000;
const minute = 60 * second;

// More than all fields of a metadata patch and of a request beside it.
const metadataFieldsMax = 32;
// The tag and the length before the bytes of an item.
const itemFrameBytes = 6;
// A writer of a renewal: an id and an epoch.
const writerBytes = 64;
// Clients put small appends together, up to about 1 MiB, whatever the limits of one are.
const manyAppendsBytes = 4 * 1_024 * 1_024;

/** Those of grpc-js, of which one is ours to know as well. */
export type ServerChannelOptions = ChannelOptions & { readonly 'grpc.max_receive_message_length': number };

/**
 * What the transport of the service admits, and how long it keeps a connection that is of no use.
 *
 * How many streams a connection may have is not said: `Admission` bounds the calls, with an answer of its own. Node resets those beyond
 * what is said, and still counts streams that have ended for the client, so that one which keeps to the number exactly is reset as well.
 */
export function channelOptions(limits: Limits): ServerChannelOptions {
  return {
    'grpc.max_receive_message_length': requestBytesMax(limits),
    // A peer that does not answer a ping is gone, whatever its socket says.
    'grpc.keepalive_time_ms': 30 * second,
    'grpc.keepalive_timeout_ms': 10 * second,
    'grpc.max_connection_idle_ms': 5 * minute,
    // So that clients spread over replicas that came later. Streams that are under way then may finish.
    'grpc.max_connection_age_ms': 30 * minute,
    'grpc.max_connection_age_grace_ms': 10 * minute,
  };
}

/** The largest request that the limits allow, so that what is over a limit is refused by name. What is larger still is not read. */
function requestBytesMax(limits: Limits): number {
  const largestOne =
    limits.appendBytesMax +
    limits.batchItemsMax * itemFrameBytes +
    limits.metadataValueBytesMax * metadataFieldsMax +
    limits.nameBytesMax +
    limits.holderBytesMax +
    limits.operationIdBytesMax +
    limits.cursorBytesMax +
    limits.writersMax * writerBytes;
  return Math.max(largestOne, manyAppendsBytes);
}
