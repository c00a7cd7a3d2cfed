import type { ListThreadsParams } from './listing.ts';
import type { StoredThread } from './thread.ts';

export interface SearchThreadsParams extends Omit<ListThreadsParams, 'searchTerm'> {
  /** Literal text; never a pattern. */
  readonly searchTerm: string;
}

export interface ThreadSearchHit {
  readonly thread: StoredThread;
  readonly snippet: string;
  /** The item to jump to, and its turn. */
  readonly ordinal: bigint;
  readonly turnId: string | null;
}

export interface ThreadSearchPage {
  readonly hits: readonly ThreadSearchHit[];
  readonly nextCursor: string | null;
}
