import type { ItemBatch } from './history.ts';
import type { ThreadId } from './thread.ts';
import type { CreateThreadParams } from './writer.ts';

export interface ForkThreadParams extends Omit<CreateThreadParams, 'forkedFromId'> {
  readonly sourceThreadId: ThreadId;
  /** The fork gets the items before this ordinal. Default: all. */
  readonly untilOrdinal?: bigint;
}

/** What a model needs of a thread: the items from the last compaction checkpoint on, or all when there is none. */
export interface ModelContext extends ItemBatch {
  readonly threadId: ThreadId;
}
