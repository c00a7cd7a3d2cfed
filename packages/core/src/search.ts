import type { ListThreadsParams } from './listing.ts';
import type { StoredThread } from './thread.ts';

export interface SearchThreadsParams extends Omit<ListThreadsParams, 'searchTerm'> {
  /** Literal text; never a pattern. It must hold a letter or a digit. White space at its ends does not count. */
  readonly searchTerm: string;
  /** Also in what tools put out, of each output in the first 64 KiB. Default `false`. */
  readonly includeToolOutput?: boolean;
}

export interface ThreadSearchHit {
  readonly thread: StoredThread;
  /** The text around the match: 48 characters before it and 96 after, runs of white space as one space; `...` where it is cut. */
  readonly snippet: string;
  /** The item to jump to, and its turn. */
  readonly ordinal: bigint;
  readonly turnId: string | null;
}

export interface ThreadSearchPage {
  readonly hits: readonly ThreadSearchHit[];
  /** `null` on the last page. A page may be short, or empty, and have one. */
  readonly nextCursor: string | null;
}
