import type { SessionSource, StoredThread, ThreadId } from './thread.ts';

export type ThreadSortKey = 'created_at' | 'updated_at' | 'recency_at';
export type SortDirection = 'asc' | 'desc';

/**
 * By `parentThreadId`: the threads one step below a thread, or all steps below it. By `forkedFromId`: the threads that were forked from
 * a thread, not those forked from these. The thread itself is not listed.
 */
export type ThreadRelation =
  | { readonly directChildrenOf: ThreadId }
  | { readonly descendantsOf: ThreadId }
  | { readonly forksOf: ThreadId };

export interface ListThreadsParams {
  /** Default (absent or 0) 50, lowered to 200 when larger (`Limits`). */
  readonly pageSize?: number;
  /**
   * `nextCursor` of the page before, with the same other arguments (`pageSize` may change). Also accepted: a time, RFC 3339
   * or `YYYY-MM-DDTHH-MM-SS` (UTC); the page then starts strictly after it in the sort's direction.
   */
  readonly cursor?: string | null;
  /** Default `created_at`. */
  readonly sortKey?: ThreadSortKey;
  /** Default `desc`: newest first. */
  readonly sortDirection?: SortDirection;
  /** Absent or empty: any source. Compared as whole values. */
  readonly allowedSources?: readonly SessionSource[];
  /** Absent, `null` or empty: any provider. */
  readonly modelProviders?: readonly string[] | null;
  /** Absent or `null`: any directory. Empty: **no thread at all**. Compared as text. */
  readonly cwdFilters?: readonly string[] | null;
  /** `true`: archived threads only; `false` (default): the others only. Never both. */
  readonly archived?: boolean;
  /** A literal, case-sensitive part of `name`, `title` or `preview`. Absent, `null` or empty: no filter. */
  readonly searchTerm?: string | null;
  readonly relation?: ThreadRelation | null;
}

export interface ThreadPage {
  readonly threads: readonly StoredThread[];
  /** `null` on the last page. */
  readonly nextCursor: string | null;
}
