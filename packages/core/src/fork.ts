import type { ItemBatch } from './history.ts';
import type { ThreadId } from './thread.ts';
import type { CreateThreadParams } from './writer.ts';

/** Where a fork ends. Exactly one member. Turns are those that are not hidden by a rollback. */
export type ForkPoint =
  /** The items before this ordinal; past the end, all. */
  | { readonly beforeOrdinal: bigint }
  /** The items before the one that opens this turn, the latest with this id. */
  | { readonly beforeTurn: string }
  /**
   * The items up to the end of this turn, the latest with this id: all before what comes after it. A turn that is still open has all
   * items there are; in progress it is no place to end at.
   */
  | { readonly throughTurn: string }
  /**
   * The items before this message of the user, counted from 0. Counted is what a person said: `response_item` messages of the role `user`,
   * not what clients put before the model in the user's name, and in logs without any such the events that show one; a rollback
   * marker takes back as many of the last as it says. There being no more than that many: all items, but for a turn that is under way.
   */
  | { readonly beforeUserMessage: number };

export interface ForkThreadParams extends Omit<CreateThreadParams, 'forkedFromId'> {
  /** The thread to copy from. */
  readonly sourceThreadId: ThreadId;
  /** Of the source. */
  readonly includeArchived?: boolean;
  /** Absent: all items. */
  readonly at?: ForkPoint;
}

/** What a model needs of a thread: the items from the last compaction checkpoint on, or all when there is none. */
export interface ModelContext extends ItemBatch {
  readonly threadId: ThreadId;
}
