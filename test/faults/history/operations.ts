import type { ShownItem } from './lines.ts';

/** What is known of each call when it is made, by the operation. Each concerns one thread; that of a walk is empty. */
export interface Asked {
  readonly create: { readonly thread: string; readonly traits: Traits };
  /** A takeover from the epoch that the thread was read to have. */
  readonly resume: { readonly thread: string; readonly epoch: number };
  readonly fork: {
    readonly thread: string;
    readonly traits: Traits;
    readonly source: string;
    /** Items from this ordinal on are left out; null: none is. */
    readonly before: number | null;
  };
  readonly append: {
    readonly thread: string;
    /** Names the batch. Calls that repeat it share it. */
    readonly op: string;
    /** What the store tells it from other batches of its thread by: epoch and sequence, or the operation id. */
    readonly identity: string;
    /** Null for a batch of somebody who is not the writer. */
    readonly epoch: number | null;
    /** The hash of each item's text, in their order. */
    readonly hashes: readonly string[];
  };
  readonly readAll: { readonly thread: string };
  /** Ordinals from `from` up to and without `until`. */
  readonly readRange: { readonly thread: string; readonly from: number; readonly until: number };
  readonly readMetadata: { readonly thread: string };
  /** Sets the registers named to a value that nothing else in the run sets them to. */
  readonly patch: { readonly thread: string; readonly registers: readonly Register[]; readonly value: string };
  /** Sets the times that lists are sorted by, but for the time of creation, to the time of the call. */
  readonly touch: { readonly thread: string };
  readonly archive: { readonly thread: string };
  readonly unarchive: { readonly thread: string };
  readonly delete: { readonly thread: string };
  readonly walk: { readonly thread: ''; readonly query: WalkQuery };
  /** A call of the intruder, which is judged by its answer alone. */
  readonly probe: {
    readonly thread: '';
    /** Of `ThreadStore`. */
    readonly method: string;
    /** The id that it is about. */
    readonly id: string;
    /** Whether that is another tenant's, nobody's, or his own. */
    readonly target: 'foreign' | 'absent' | 'own';
    /** Names the two calls, of a foreign id and of an absent one, that differ in nothing else; empty for others. */
    readonly pair: string;
  };
}

export type Operation = keyof Asked;

/** What each call is answered with. */
export interface Answers {
  readonly create: Granted;
  readonly resume: Granted;
  readonly fork: Granted;
  readonly append: Appended;
  readonly readAll: ShownAll;
  readonly readRange: ShownRange;
  readonly readMetadata: Metadata;
  readonly patch: Metadata;
  readonly touch: Done;
  readonly archive: Done;
  readonly unarchive: Done;
  readonly delete: Done;
  readonly walk: Walked;
  readonly probe: Probed;
}

/** What lists are filtered by. Given when a thread is made, and never changed. */
export interface Traits {
  readonly cwd: string;
  readonly provider: string;
}

export interface Granted {
  readonly epoch: number;
  readonly nextOrdinal: number;
}

export interface Appended {
  readonly first: number;
  readonly last: number;
  readonly duplicate: boolean;
}

/** A whole history: too much to record item by item. */
export interface ShownAll {
  readonly count: number;
  /** Of the hashes of its items, one after the other. */
  readonly digest: string;
  /** Where ordinals are left out between two batches of the answer; null where none is. */
  readonly gapAt: number | null;
}

export interface ShownRange {
  readonly first: number;
  readonly items: readonly ShownItem[];
  readonly gapAt: number | null;
}

export interface Metadata {
  readonly nextOrdinal: number;
  readonly registers: Readonly<Record<Register, string>>;
}

/** What runs patch of a thread's metadata. `pair` is two fields that are only ever patched together; torn, it reads as both of them. */
export const registers = ['name', 'title', 'preview', 'model', 'pair'] as const;
export type Register = (typeof registers)[number];

/** What each register of a thread has until it is patched. */
export const firstValue = 'first';

export type Done = Readonly<Record<string, never>>;

export const sortKeys = ['created_at', 'updated_at', 'recency_at'] as const;

export interface WalkQuery {
  readonly sortKey: (typeof sortKeys)[number];
  readonly direction: 'asc' | 'desc';
  readonly pageSize: number;
  readonly archived: boolean;
  /** Null: any. */
  readonly cwds: readonly string[] | null;
  readonly providers: readonly string[] | null;
  /** Only the forks of this thread. */
  readonly forksOf: string | null;
}

export interface Probed {
  /** How often it was sent: more than once may be answered by what the first left undone. */
  readonly attempts: number;
  /** Why it was refused; null: it was not. */
  readonly reason: string | null;
  /** All of the answer or of the refusal, but what is of this call alone; empty where there is nothing to compare it with. */
  readonly signature: string;
}

/** A list from its first page to its last, or to the one that was enough. */
export interface Walked {
  readonly pages: number;
  readonly complete: boolean;
  /** With the time that they are sorted by, in milliseconds. */
  readonly threads: readonly (readonly [thread: string, time: number])[];
}
