import type { SortDirection } from './listing.ts';
import type { ThreadId } from './thread.ts';

/** How much of a turn's items comes with it: none, the first user message and the final answer, or all. */
export type TurnItemsView = 'notLoaded' | 'summary' | 'full';
export type TurnStatus = 'completed' | 'interrupted' | 'failed' | 'inProgress';

export interface Turn {
  readonly turnId: string;
  readonly status: TurnStatus;
  readonly error: { readonly message: string; readonly additionalDetails: string | null } | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly durationMs: number | null;
  readonly itemsView: TurnItemsView;
  readonly items: readonly PlacedItem[];
}

/** An item with its place in the thread. */
export interface PlacedItem {
  readonly ordinal: bigint;
  readonly turnId: string | null;
  readonly json: string;
}

interface BothWaysPageParams {
  readonly threadId: ThreadId;
  readonly includeArchived?: boolean;
  readonly cursor?: string | null;
  readonly pageSize?: number;
  readonly sortDirection?: SortDirection;
}

export interface ListTurnsParams extends BothWaysPageParams {
  /** Default `summary`. */
  readonly itemsView?: TurnItemsView;
}

export interface TurnPage {
  readonly turns: readonly Turn[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}

export interface ListItemsParams extends BothWaysPageParams {
  /** Only the items of this turn. Absent: of the whole thread. */
  readonly turnId?: string;
}

export interface ItemPage {
  readonly items: readonly PlacedItem[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}
