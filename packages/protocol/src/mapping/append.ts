import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AppendItemsParams, AppendResult } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerFromWire, bigIntegerToWire } from './integer.ts';
import { itemsFromRequest, itemsToWire } from './items.ts';
import { patchFromWire, patchToWire } from './patch.ts';
import { textToWire } from './text.ts';

export function appendItemsToWire(params: AppendItemsParams): MessageInitShape<typeof wire.AppendItemsRequestSchema> {
  const { metadata } = params;
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    epoch: bigIntegerToWire(params.epoch, 'epoch'),
    sequence: bigIntegerToWire(params.sequence, 'sequence'),
    items: itemsToWire(params.items),
    metadata:
      metadata === undefined ? undefined : patchToWire(metadata, { field: 'metadata', operation: 'append_items' }),
  } satisfies AllFields<typeof wire.AppendItemsRequestSchema>;
}

export function appendItemsFromWire(request: wire.AppendItemsRequest): AppendItemsParams {
  return {
    threadId: request.threadId,
    epoch: bigIntegerFromWire(request.epoch, 'epoch', invalidRequest),
    sequence: bigIntegerFromWire(request.sequence, 'sequence', invalidRequest),
    items: itemsFromRequest(request.items),
    ...(request.metadata === undefined ? {} : { metadata: patchFromWire(request.metadata, 'metadata') }),
  };
}

export function appendResultToWire(result: AppendResult): MessageInitShape<typeof wire.AppendItemsResponseSchema> {
  return {
    firstOrdinal: bigIntegerToWire(result.firstOrdinal, 'firstOrdinal'),
    lastOrdinal: bigIntegerToWire(result.lastOrdinal, 'lastOrdinal'),
    duplicate: result.duplicate,
  } satisfies AllFields<typeof wire.AppendItemsResponseSchema>;
}

export function appendResultFromWire(response: wire.AppendItemsResponse): AppendResult {
  return {
    firstOrdinal: answeredBigInteger(response.firstOrdinal, 'firstOrdinal'),
    lastOrdinal: answeredBigInteger(response.lastOrdinal, 'lastOrdinal'),
    duplicate: response.duplicate,
  };
}
