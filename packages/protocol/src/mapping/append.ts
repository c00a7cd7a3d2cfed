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
  const isExternal = params.external === true;
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    epoch: isExternal ? 0n : bigIntegerToWire(params.epoch, 'epoch'),
    sequence: isExternal ? 0n : bigIntegerToWire(params.sequence, 'sequence'),
    items: itemsToWire(params.items),
    metadata:
      metadata === undefined ? undefined : patchToWire(metadata, { field: 'metadata', operation: 'append_items' }),
    externalOperationId: isExternal ? textToWire(params.operationId, 'operationId') : undefined,
  } satisfies AllFields<typeof wire.AppendItemsRequestSchema>;
}

export function appendItemsFromWire(request: wire.AppendItemsRequest): AppendItemsParams {
  const { threadId, externalOperationId } = request;
  const batch = {
    threadId,
    items: itemsFromRequest(request.items),
    ...(request.metadata === undefined ? {} : { metadata: patchFromWire(request.metadata, 'metadata') }),
  };
  if (externalOperationId === undefined) {
    return {
      ...batch,
      epoch: bigIntegerFromWire(request.epoch, 'epoch', invalidRequest),
      sequence: bigIntegerFromWire(request.sequence, 'sequence', invalidRequest),
    };
  }
  // Whoever gives both has two ways to name the batch, and might send it again under the other one.
  if (request.epoch !== 0n) throw invalidRequest('epoch', 'does not go with an external operation id');
  if (request.sequence !== 0n) throw invalidRequest('sequence', 'does not go with an external operation id');
  return { ...batch, external: true, operationId: externalOperationId };
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
