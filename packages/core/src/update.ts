import type { ThreadMetadataPatch } from './metadata-patch.ts';
import type { ThreadId } from './thread.ts';

export interface UpdateThreadMetadataParams {
  readonly threadId: ThreadId;
  readonly patch: ThreadMetadataPatch;
  readonly includeArchived?: boolean;
}

export interface ArchiveThreadParams {
  readonly threadId: ThreadId;
  /** The caller's own epoch, when it is the thread's writer. Without it a running lease is respected. */
  readonly epoch?: bigint;
}

export interface DeleteThreadParams {
  readonly threadId: ThreadId;
  /** The caller's own epoch, when it is the thread's writer and means to delete only what is still its own. */
  readonly epoch?: bigint;
}
