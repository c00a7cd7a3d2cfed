import { errorOutcomes } from '../../error-outcomes.ts';
import { ThreadStoreError } from '../../errors.ts';
import { defaultLimits } from '../../limits.ts';
import type { ThreadStore } from '../../thread-store.ts';
import type { LostLease, WriterRef } from '../../writer.ts';
import type { LiveClock } from '../clock.ts';
import { tell, type WarningListener } from '../warning.ts';

export interface LeaseRenewalsOptions {
  readonly store: ThreadStore;
  readonly clock: LiveClock;
  readonly everyMs: number;
  /** Whose leases are renewed, asked each time. */
  readonly writers: () => readonly WriterRef[];
  readonly onLost: (lost: LostLease) => void;
  readonly onWarning: WarningListener;
}

/** A call without an answer must not be the last one. */
const patienceMs = 10_000;

function isPassing(error: unknown): boolean {
  return error instanceof ThreadStoreError && errorOutcomes[error.reason].repeat !== 'never';
}

/** Renews leases from time to time for as long as there are any, many by one call. One that fails is made up for by the next. */
export class LeaseRenewals {
  readonly #options: LeaseRenewalsOptions;
  #isRunning = false;

  constructor(options: LeaseRenewalsOptions) {
    this.#options = options;
  }

  /** For when there is a new writer. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#options.clock.after(this.#options.everyMs, () => void this.#renewAll());
  }

  async #renewAll(): Promise<void> {
    const writers = this.#options.writers();
    const { writersMax } = defaultLimits;
    for (let from = 0; from < writers.length; from += writersMax)
      await this.#renew(writers.slice(from, from + writersMax));
    this.#isRunning = false;
    if (this.#options.writers().length > 0) this.start();
  }

  async #renew(writers: readonly WriterRef[]): Promise<void> {
    const { store, onLost, onWarning } = this.#options;
    try {
      const { lost } = await store.renewLeases({ writers }, { signal: AbortSignal.timeout(patienceMs) });
      for (const one of lost) onLost(one);
    } catch (error) {
      // Leases outlast a failure or two. Whoever has lost one for good learns it by the next renewal, or by a write.
      if (!isPassing(error)) tell(() => onWarning('leases could not be renewed', error));
    }
  }
}
