import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HistoryBatch, LoadHistoryParams, StreamHistoryParams } from '@threadstore/core';
import { Encoded } from '../binding/codec.ts';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { bytesFieldSize, bytesTag, ExactWriter, varintFieldSize, varintTag } from './exact-writer.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerFromWire, bigIntegerToWire } from './integer.ts';
import { itemLengths, itemsFromResponse } from './items.ts';
import { textToWire } from './text.ts';

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

const chunkTags = {
  firstOrdinal: varintTag(wire.ReadHistoryResponseSchema.field.firstOrdinal),
  items: bytesTag(wire.ReadHistoryResponseSchema.field.items),
  untilOrdinal: varintTag(wire.ReadHistoryResponseSchema.field.untilOrdinal),
} satisfies AllFields<typeof wire.ReadHistoryResponseSchema>;

/** A batch as a message, and how many bytes its items take. */
export interface EncodedChunk {
  readonly message: Encoded<typeof wire.ReadHistoryResponseSchema>;
  readonly itemBytes: number;
}

/** Written field by field: 256 KiB of items take 0.13 ms, and 0.33 by way of the message. */
export function historyChunkToWire(batch: HistoryBatch): EncodedChunk {
  const firstOrdinal = bigIntegerToWire(batch.firstOrdinal, 'firstOrdinal');
  const untilOrdinal = bigIntegerToWire(batch.untilOrdinal, 'untilOrdinal');
  const lengths = itemLengths(batch.items);
  let itemBytes = 0;
  let size =
    varintFieldSize(chunkTags.firstOrdinal, firstOrdinal) + varintFieldSize(chunkTags.untilOrdinal, untilOrdinal);
  for (const length of lengths) {
    itemBytes += length;
    size += bytesFieldSize(chunkTags.items, length);
  }
  const message = new Encoded(wire.ReadHistoryResponseSchema, size, (bytes) => {
    const writer = new ExactWriter(bytes);
    writer.varintField(chunkTags.firstOrdinal, firstOrdinal);
    writer.textFields(chunkTags.items, batch.items, lengths);
    writer.varintField(chunkTags.untilOrdinal, untilOrdinal);
  });
  return { message, itemBytes };
}

export function historyChunkFromWire(response: wire.ReadHistoryResponse): HistoryBatch {
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
