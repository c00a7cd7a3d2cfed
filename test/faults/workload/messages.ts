/** What a writer process is started with, as JSON in its first argument. */
export interface WriterSetup {
  /** Names its store objects. */
  readonly clients: readonly string[];
  /** Of all replicas. */
  readonly endpoints: readonly string[];
  readonly token: string;
  /** Where it records, a file that is not there yet. */
  readonly history: string;
  readonly seed: number;
}

export type ToWriter =
  /** Take a thread, and write to it until somebody else has it. */
  | { readonly do: 'create' | 'resume'; readonly client: string; readonly thread: string; readonly token: number }
  /** Bring what is under way to an end, and exit. */
  | { readonly do: 'stop' };

export type FromWriter =
  | { readonly say: 'ready' }
  /** The answer to `create` and `resume`: the epoch, or null where it is not known that there is one. */
  | {
      readonly say: 'taken';
      readonly client: string;
      readonly thread: string;
      readonly token: number;
      readonly epoch: number | null;
    }
  | { readonly say: 'tally'; readonly tally: Tally };

/** What a writer process has counted so far. */
export interface Tally {
  readonly acknowledgedBatches: number;
  readonly acknowledgedItems: number;
  /** Answers that said that the batch had been stored before. */
  readonly duplicates: number;
  /** Appends that were refused because a later writer has the thread. */
  readonly fenced: number;
  /** Calls after which nobody knew whether they had an effect. */
  readonly unknown: number;
}

export const emptyTally: Tally = { acknowledgedBatches: 0, acknowledgedItems: 0, duplicates: 0, fenced: 0, unknown: 0 };

export function sumOfTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({
      acknowledgedBatches: sum.acknowledgedBatches + one.acknowledgedBatches,
      acknowledgedItems: sum.acknowledgedItems + one.acknowledgedItems,
      duplicates: sum.duplicates + one.duplicates,
      fenced: sum.fenced + one.fenced,
      unknown: sum.unknown + one.unknown,
    }),
    emptyTally,
  );
}
