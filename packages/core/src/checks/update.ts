import type { Limits } from '../limits.ts';
import type { ThreadId } from '../thread.ts';
import type { ArchiveThreadParams, DeleteThreadParams, UpdateThreadMetadataParams } from '../update.ts';
import { checkBigInteger } from './integer.ts';
import { asParams, checkFlag } from './params.ts';
import { checkPatch, type CheckedPatch } from './patch.ts';
import { checkThreadId } from './thread-id.ts';

export interface CheckedUpdate {
  readonly threadId: ThreadId;
  readonly patch: CheckedPatch;
  readonly includeArchived: boolean;
}

export function checkUpdateThreadMetadata(params: UpdateThreadMetadataParams, limits: Limits): CheckedUpdate {
  const given = asParams(params);
  return {
    threadId: checkThreadId(given.threadId),
    patch: checkPatch(given.patch, { field: 'patch', operation: 'update_thread_metadata' }, limits),
    includeArchived: checkFlag(given.includeArchived, 'includeArchived'),
  };
}

export interface CheckedArchive {
  readonly threadId: ThreadId;
  readonly epoch: bigint | null;
}

/** For `archiveThread` and `unarchiveThread`. */
export function checkArchiveThread(params: ArchiveThreadParams): CheckedArchive {
  const given = asParams(params);
  return {
    threadId: checkThreadId(given.threadId),
    epoch: given.epoch === undefined ? null : checkBigInteger(given.epoch, 'epoch'),
  };
}

export type CheckedDelete = CheckedArchive;

export function checkDeleteThread(params: DeleteThreadParams): CheckedDelete {
  return checkArchiveThread(params);
}
