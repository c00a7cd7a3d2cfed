import type { ThreadId } from './thread.ts';

/** Items in order and without a gap: `items[i]` has the ordinal `firstOrdinal + i`. */
export interface ItemBatch {
  readonly firstOrdinal: bigint;
  /** The exact JSON texts that were appended. */
  readonly items: readonly string[];
}

/** A batch of a history that is being read. */
export interface HistoryBatch extends ItemBatch {
  /** Where the snapshot ends: the first ordinal that the call does not deliver. The same in every batch of a call. */
  readonly untilOrdinal: bigint;
}

export interface ThreadHistory {
  readonly threadId: ThreadId;
  /** All items from ordinal 0, the exact JSON texts that were appended. */
  readonly items: readonly string[];
}

export interface LoadHistoryParams {
  readonly threadId: ThreadId;
  readonly includeArchived?: boolean;
}

export interface StreamHistoryParams extends LoadHistoryParams {
  /** First ordinal to read. Default 0. Past the end: nothing is read. */
  readonly fromOrdinal?: bigint;
  /** First ordinal that is not read any more. Default: the end at the time of the call. */
  readonly untilOrdinal?: bigint;
}

export interface ReadThreadParams {
  readonly threadId: ThreadId;
  readonly includeArchived?: boolean;
  readonly includeHistory?: boolean;
}

export interface ReadThreadByRolloutPathParams {
  readonly rolloutPath: string;
  readonly includeArchived?: boolean;
  readonly includeHistory?: boolean;
}
