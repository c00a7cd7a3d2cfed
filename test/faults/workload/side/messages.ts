/** What a process beside the writers is started with, as JSON in its first argument. */
export interface SideSetup {
  /** Of all replicas. */
  readonly endpoints: readonly string[];
  readonly token: string;
  /** Those that writers write to. */
  readonly writtenThreads: readonly string[];
  /** Where it records, a file that is not there yet. */
  readonly history: string;
  readonly seed: number;
}

export interface ToSide {
  /** Bring what is under way to an end, and exit. */
  readonly do: 'stop';
}

export type FromSide =
  | { readonly say: 'ready' }
  /** Before its end: the threads that it made, those among them that it deleted, too. */
  | { readonly say: 'made'; readonly threads: readonly string[] };
