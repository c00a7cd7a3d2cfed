import type { ItemBatch } from './history.ts';
import type { StoredThread, ThreadId } from './thread.ts';

export interface TailThreadParams {
  readonly threadId: ThreadId;
  readonly includeArchived?: boolean;
  /** First ordinal to deliver. Default: the end at the time of the call. */
  readonly fromOrdinal?: bigint;
}

/** Items as they are committed; `caughtUp` once, when all that stood at the time of the call has been delivered. */
export type TailEvent = { readonly type: 'items'; readonly batch: ItemBatch } | { readonly type: 'caughtUp' };

export interface WatchThreadsParams {
  readonly archived?: boolean;
}

export type ThreadEvent =
  | { readonly type: 'changed'; readonly thread: StoredThread }
  | { readonly type: 'deleted'; readonly threadId: ThreadId }
  | { readonly type: 'caughtUp' };
