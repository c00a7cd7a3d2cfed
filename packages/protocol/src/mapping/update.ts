import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ArchiveThreadParams, DeleteThreadParams, UpdateThreadMetadataParams } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { bigIntegerFromWire, bigIntegerToWire } from './integer.ts';
import { patchFromWire, patchToWire } from './patch.ts';
import { textToWire } from './text.ts';

export function updateThreadMetadataToWire(
  params: UpdateThreadMetadataParams,
): MessageInitShape<typeof wire.UpdateThreadMetadataRequestSchema> {
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    patch: patchToWire(params.patch, { field: 'patch', operation: 'update_thread_metadata' }),
    includeArchived: params.includeArchived ?? false,
  } satisfies AllFields<typeof wire.UpdateThreadMetadataRequestSchema>;
}

export function updateThreadMetadataFromWire(request: wire.UpdateThreadMetadataRequest): UpdateThreadMetadataParams {
  if (request.patch === undefined) throw invalidRequest('patch', 'required');
  return {
    threadId: request.threadId,
    patch: patchFromWire(request.patch, 'patch'),
    includeArchived: request.includeArchived,
  };
}

/** A thread, and the epoch of its writer where it is to be judged. */
interface ThreadAndEpoch {
  readonly threadId: string;
  readonly epoch: bigint | undefined;
}

/** For archiveThread and unarchiveThread. */
export function archiveThreadToWire(params: ArchiveThreadParams): ThreadAndEpoch {
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    epoch: params.epoch === undefined ? undefined : bigIntegerToWire(params.epoch, 'epoch'),
  } satisfies AllFields<typeof wire.ArchiveThreadRequestSchema> & AllFields<typeof wire.UnarchiveThreadRequestSchema>;
}

export function archiveThreadFromWire(
  request: wire.ArchiveThreadRequest | wire.UnarchiveThreadRequest | wire.DeleteThreadRequest,
): ArchiveThreadParams {
  const { threadId, epoch } = request;
  return {
    threadId,
    ...(epoch === undefined ? {} : { epoch: bigIntegerFromWire(epoch, 'epoch', invalidRequest) }),
  };
}

export function deleteThreadToWire(params: DeleteThreadParams): ThreadAndEpoch {
  return archiveThreadToWire(params) satisfies AllFields<typeof wire.DeleteThreadRequestSchema>;
}

export function deleteThreadFromWire(request: wire.DeleteThreadRequest): DeleteThreadParams {
  return archiveThreadFromWire(request);
}
