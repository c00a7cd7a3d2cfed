import { setTimeout as sleep } from 'node:timers/promises';
import { ThreadStoreError } from '@threadstore/core';
import type { CheckedWriterAppend } from '@threadstore/core/internal';
import type { Database } from '../database.ts';
import type { AppendOptions } from '../operations/append-items.ts';
import { judgeRuns, type Outcome } from '../operations/judge-runs.ts';
import { settleRun } from '../operations/settle-run.ts';
import { batchesOf, type Run } from './append-queue.ts';
import { Lanes } from './lanes.ts';

export interface SettlementsOptions extends AppendOptions {
  /** Does work that a statement is part of, again where the database gives it up, and tells failures as a store does. */
  readonly run: <T>(work: (database: Database) => Promise<T>) => Promise<T>;
  /** Told that the database is asked about a run once more, from now on. */
  readonly onAsked: (run: Run) => void;
  /** Told how the first batches of a run ended. The rest, all of them perhaps, have to go in another group. */
  readonly onEnd: (run: Run, outcomes: readonly Outcome[]) => void;
}

/** Runs that may wait for a lock each. They leave connections to others. */
const apartAtOnce = 4;
/** Statements that judge many runs and wait for nothing. */
const togetherAtOnce = 2;
/** When runs go in another group at the latest, though none of those that are settled apart has got its lock: theirs may be free. */
const againMs = 500;

/**
 * Goes through what the statement of a group did not store, while other groups go on.
 *
 * One statement finds what is stored already and refuses what is to be refused, for all of it. After a halt callers send again all that
 * they had no answer to; judged thread by thread, in a transaction each, two thousand such batches took four seconds of the database.
 *
 * What nothing speaks against was locked by somebody else, mostly by the group of another replica that has the same batches. So a few
 * runs are settled apart and wait for their locks, and as soon as one of them has got its own, the others go in another group. So they do
 * after a while in any case, for rows that are held for long keep nobody but their own writers.
 */
export class Settlements {
  readonly #options: SettlementsOptions;
  readonly #together = new Lanes(togetherAtOnce);
  readonly #apart = new Lanes(apartAtOnce);

  constructor(options: SettlementsOptions) {
    this.#options = options;
  }

  /** Of a group whose statement did not store them. */
  async settle(runs: readonly Run[]): Promise<void> {
    if (runs.length === 0) return;
    const left = await this.#judge(runs);
    const waiting = left.splice(0, this.#apart.free).map((run) => this.#settleApart(run));
    if (left.length === 0) return;
    const pause = new AbortController();
    const over = sleep(againMs, undefined, { signal: pause.signal }).catch(() => undefined);
    await Promise.race([...waiting, over]);
    pause.abort();
    for (const run of left) this.#options.onEnd(run, []);
  }

  /** Of a group whose statement the database could not take, for one of their batches. No other fails for it. */
  settleApart(runs: readonly Run[]): void {
    for (const run of runs) void this.#settleApart(run);
  }

  /** The runs of which nothing is known yet. */
  async #judge(runs: readonly Run[]): Promise<Run[]> {
    const { run: runStatement, onAsked, onEnd } = this.#options;
    const judged = await this.#together.run(async () => {
      for (const run of runs) onAsked(run);
      try {
        return await runStatement(({ query }) => judgeRuns(query, runs.map(batchesOf), this.#options));
      } catch (error) {
        return isOfSomeBatch(error) ? [] : runs.map(({ appends }) => appends.map(() => ({ error })));
      }
    });
    return runs.filter((run, index) => {
      const outcomes = judged[index] ?? [];
      if (outcomes.length > 0) onEnd(run, outcomes);
      return outcomes.length === 0;
    });
  }

  async #settleApart(run: Run): Promise<void> {
    await this.#apart.run(async () => {
      this.#options.onAsked(run);
      this.#options.onEnd(run, await this.#outcomes(batchesOf(run)));
    });
  }

  async #outcomes(batches: readonly CheckedWriterAppend[]): Promise<readonly Outcome[]> {
    try {
      return await this.#options.run((database) => settleRun(database, batches, this.#options));
    } catch (error) {
      if (batches.length === 1 || !isOfSomeBatch(error)) return batches.map(() => ({ error }));
    }
    const outcomes: Outcome[] = [];
    for (const batch of batches) outcomes.push(...(await this.#outcomes([batch])));
    return outcomes;
  }
}

/** Whether the server refused a statement for something in it, or that it led to, which may be of any one of its batches. */
export function isOfSomeBatch(error: unknown): boolean {
  if (!(error instanceof ThreadStoreError) || error.effect !== 'none') return false;
  return error.reason === 'INTERNAL' || error.reason === 'DATA_CORRUPTED';
}
