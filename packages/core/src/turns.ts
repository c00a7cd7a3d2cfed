import type { SortDirection } from './listing.ts';
import type { ThreadId } from './thread.ts';

/**
 * How much of a turn's items comes with it. `summary`: the first user message and the final answer, whichever are there; the final
 * answer is the last agent message of the phase `final_answer`, else, once the turn has ended, the last one without a phase.
 * `full`: all items of the turn.
 */
export type TurnItemsView = 'notLoaded' | 'summary' | 'full';
export type TurnStatus = 'completed' | 'interrupted' | 'failed' | 'inProgress';

export interface TurnError {
  readonly message: string;
  readonly additionalDetails: string | null;
}

/**
 * A stretch of a thread's items: from what opens it up to what closes it, or up to where the next one opens.
 *
 * Which items do that follows the events of Codex' logs (`event_msg` items; all others only belong to the turn they stand in).
 * `task_started`, also written `turn_started`, opens a turn with the id it names. Outside of one, whatever an agent's session shows (a
 * message, reasoning, a tool's call, a compaction) opens a turn named `rollout-<ordinal>` that counts as completed, and the
 * next user message opens another. Newer logs hold what was shown as `item_completed`, which names its turn: a message of a turn that
 * is not there opens it. `task_complete`, also written `turn_complete`, closes a turn, with `error` it fails it;
 * `turn_aborted` interrupts it and leaves it open; `error` fails it. `thread_rolled_back` hides the last turns, see `listTurns`.
 */
export interface Turn {
  /** An opaque text. Unique in the thread only as far as its writer makes it so. */
  readonly turnId: string;
  /** Of the item that opens it. Turns are in this order, and no two have the same. */
  readonly firstOrdinal: bigint;
  readonly status: TurnStatus;
  readonly error: TurnError | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly durationMs: number | null;
  readonly itemsView: TurnItemsView;
  /** By ordinal. */
  readonly items: readonly PlacedItem[];
}

/** An item with its place in the thread. */
export interface PlacedItem {
  readonly ordinal: bigint;
  /** `null` for an item outside of all turns, such as the one before the first. */
  readonly turnId: string | null;
  readonly json: string;
}

interface BothWaysPageParams {
  readonly threadId: ThreadId;
  readonly includeArchived?: boolean;
  /** `nextCursor` or `backwardsCursor` of a page of the same thread (and turn). Direction, view and page size may change. */
  readonly cursor?: string | null;
  /** Default (absent or 0) 50, lowered to 200 when larger (`Limits`). */
  readonly pageSize?: number;
  readonly sortDirection?: SortDirection;
}

export interface ListTurnsParams extends BothWaysPageParams {
  /** Default `desc`: the latest first. */
  readonly sortDirection?: SortDirection;
  /** Default `summary`. */
  readonly itemsView?: TurnItemsView;
}

interface BothWaysPage {
  /** The page after this one, in the same direction. `null` when there is nothing more. */
  readonly nextCursor: string | null;
  /**
   * Begins with the first of this page: with the other direction it leads back, and with the same it reads this page again, grown by
   * what is new. `null` for an empty page.
   */
  readonly backwardsCursor: string | null;
}

export interface TurnPage extends BothWaysPage {
  readonly turns: readonly Turn[];
}

export interface ListItemsParams extends BothWaysPageParams {
  /** Default `asc`: from the start of the thread. */
  readonly sortDirection?: SortDirection;
  /** Only the items of this turn; of the latest with this id. Absent: of the whole thread. */
  readonly turnId?: string;
}

export interface ItemPage extends BothWaysPage {
  readonly items: readonly PlacedItem[];
}
