import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ItemBatch, LoadHistoryParams, StreamHistoryParams } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerFromWire, bigIntegerToWire } from './integer.ts';
import { itemsFromResponse, itemsToWire } from './items.ts';
import { textToWire } from './text.ts';

/** A batch, and where the stream that it belongs to will end. */
export interface HistoryChunk extends ItemBatch {
  /** The first ordinal that the stream does not deliver. */
  readonly untilOrdinal: bigint;
}

export function streamHistoryToWire(
  params: StreamHistoryParams,
): MessageInitShape<typeof wire.ReadHistoryRequestSchema> {
  const { fromOrdinal = 0n, untilOrdinal } = params;
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    includeArchived: params.includeArchived ?? false,
    fromOrdinal: bigIntegerToWire(fromOrdinal, 'fromOrdinal'),
    untilOrdinal: untilOrdinal === undefined ? undefined : bigIntegerToWire(untilOrdinal, 'untilOrdinal'),
  } satisfies AllFields<typeof wire.ReadHistoryRequestSchema>;
}

export function streamHistoryFromWire(request: wire.ReadHistoryRequest): StreamHistoryParams {
  const { untilOrdinal } = request;
  return {
    threadId: request.threadId,
    includeArchived: request.includeArchived,
    fromOrdinal: bigIntegerFromWire(request.fromOrdinal, 'fromOrdinal', invalidRequest),
    ...(untilOrdinal === undefined
      ? {}
      : { untilOrdinal: bigIntegerFromWire(untilOrdinal, 'untilOrdinal', invalidRequest) }),
  };
}

export function historyChunkToWire(chunk: HistoryChunk): MessageInitShape<typeof wire.ReadHistoryResponseSchema> {
  return {
    firstOrdinal: bigIntegerToWire(chunk.firstOrdinal, 'firstOrdinal'),
    items: itemsToWire(chunk.items),
    untilOrdinal: bigIntegerToWire(chunk.untilOrdinal, 'untilOrdinal'),
  } satisfies AllFields<typeof wire.ReadHistoryResponseSchema>;
}

export function historyChunkFromWire(response: wire.ReadHistoryResponse): HistoryChunk {
  return {
    firstOrdinal: answeredBigInteger(response.firstOrdinal, 'firstOrdinal'),
    items: itemsFromResponse(response.items),
    untilOrdinal: answeredBigInteger(response.untilOrdinal, 'untilOrdinal'),
  };
}

/** A thread's history travels by itself, so `includeHistory` is the caller's business. */
export function readThreadToWire(params: LoadHistoryParams): MessageInitShape<typeof wire.ReadThreadRequestSchema> {
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    includeArchived: params.includeArchived ?? false,
  } satisfies AllFields<typeof wire.ReadThreadRequestSchema>;
}

export function readThreadFromWire(request: wire.ReadThreadRequest): LoadHistoryParams {
  return { threadId: request.threadId, includeArchived: request.includeArchived };
}
