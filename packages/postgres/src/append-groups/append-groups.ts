import type { AppendResult } from '@threadstore/core';
import type { CheckedWriterAppend } from '@threadstore/core/internal';
import type { CommitBreaker } from '../commit-breaker.ts';
import type { Database } from '../database.ts';
import { type AppendOptions, appendRuns, storedFrom } from '../operations/append-items.ts';
import type { Outcome } from '../operations/judge-runs.ts';
import type { IndexedRun } from '../thread-index/append-index.ts';
import { AppendQueue, batchesOf, type Run } from './append-queue.ts';
import { isOfSomeBatch, Settlements } from './settlements.ts';

/** Appends that were sent to the database as one statement, and what that took. */
export interface AppendGroup {
  readonly batches: number;
  readonly items: number;
  /** From the wait for a connection to the answer, in milliseconds. */
  readonly ms: number;
}

export interface AppendGroupsOptions extends AppendOptions {
  /** Told of each group. */
  readonly onGroup: ((group: AppendGroup) => void) | undefined;
  /** Does work that a statement is part of, again where the database gives it up, and tells failures as a store does. */
  readonly run: <T>(work: (database: Database) => Promise<T>) => Promise<T>;
  /** What refuses that work, when commits are stuck. */
  readonly breaker: Pick<CommitBreaker, 'isRefusing' | 'onOpen'>;
}

/** While one group waits for its commit to be flushed, the next is on its way. More of them are smaller, and cost more in all. */
const groupsAtOnce = 2;
/**
 * Threads beyond this many are shared out among the groups that can go. 64 writers that each wait for an answer are then two halves,
 * of which one is in the database while the other is with the writers; as one group they'd all wait for each other, and half of the
 * machine was idle (through the wire a fifth slower). With shares of 16 they fell into three cohorts, one always in waiting: a third
 * slower where a sync takes over 2 ms. More groups at once, of any size, cost more in statements than they gained.
 */
const runsApartMin = 32;
/**
 * With so much waiting, the next group goes before the one before is answered. With less it goes after, so that those who wait for the
 * answer to append again are in it.
 */
const bytesSentAtOnce = 64 * 1024;

/**
 * Commits appends in groups: those that come while the groups before are in the database form the next one, and each group is one
 * statement and one commit. Nobody waits when there is nothing to wait for.
 *
 * What the statement did not store is settled while other threads go on: see {@link Settlements}.
 */
export class AppendGroups {
  readonly #options: AppendGroupsOptions;
  readonly #queue = new AppendQueue();
  readonly #settlements: Settlements;
  readonly #forget: () => void;
  #groups = 0;
  #scheduled = false;

  constructor(options: AppendGroupsOptions) {
    this.#options = options;
    this.#settlements = new Settlements({
      ...options,
      onAsked: (run) => this.#queue.asked(run),
      onEnd: (run, outcomes) => this.#end(run, outcomes),
    });
    // What waits behind the groups that are stuck is refused with the rest.
    this.#forget = options.breaker.onOpen(() => this.#schedule());
  }

  /** For when no append is left, and none will come: the breaker is that of all stores of the database, and outlives this one. */
  close(): void {
    this.#forget();
  }

  /** Batches of a thread are stored, or refused, in the order of the calls. */
  append(batch: CheckedWriterAppend, signal: AbortSignal | undefined): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#queue.add({ batch, signal, resolve, reject });
      this.#schedule();
    });
  }

  /**
   * When all that has happened so far is dealt with, so that what came at once goes together: those who were answered have appended
   * again, and what stands in the sockets has been read. Groups were half as large, and throughput two thirds, without it.
   */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#groups < groupsAtOnce || this.#options.breaker.isRefusing) {
      const share = Math.ceil(this.#queue.threads / Math.max(1, groupsAtOnce - this.#groups));
      const group = this.#queue.takeGroup(Math.max(runsApartMin, share));
      if (group.length === 0) return;
      this.#groups += 1;
      void this.#commit(group);
    }
  }

  async #commit(group: readonly Run[]): Promise<void> {
    const startedAt = performance.now();
    const ended = await this.#store(group);
    this.#groups -= 1;
    this.#options.onGroup?.({ ...sizeOf(group), ms: performance.now() - startedAt });
    for (const { run, outcomes } of ended) this.#queue.giveBack(run, outcomes);
    const answer = (): void => {
      for (const { run, outcomes } of ended) answerRun(run, outcomes);
    };
    if (this.#queue.bytes < bytesSentAtOnce) {
      answer();
      this.#schedule();
    } else {
      this.#send();
      // What those who are answered do takes its time. By then the next group has been written to the socket.
      setImmediate(answer);
    }
  }

  /** How the runs of a group ended that the statement stored, or all if it failed as a whole; the others are being settled. */
  async #store(group: readonly Run[]): Promise<readonly EndedRun[]> {
    const { run: runStatement, index: threadIndex } = this.#options;
    let stored: readonly (IndexedRun | undefined)[];
    try {
      stored = await runStatement(({ query }) => appendRuns(query, group.map(batchesOf), this.#options));
    } catch (error) {
      if (!isOfSomeBatch(error)) return group.map((run) => ({ run, outcomes: run.appends.map(() => ({ error })) }));
      this.#settlements.settleApart(group);
      return [];
    }
    const ended: EndedRun[] = [];
    const left: Run[] = [];
    for (const [index, run] of group.entries()) {
      const storedRun = stored[index];
      if (storedRun === undefined) {
        left.push(run);
        continue;
      }
      const batches = batchesOf(run);
      threadIndex.appended(batches, storedRun);
      ended.push({ run, outcomes: storedFrom(storedRun.firstOrdinal, batches) });
    }
    void this.#settlements.settle(left);
    return ended;
  }

  #end(run: Run, outcomes: readonly Outcome[]): void {
    this.#queue.giveBack(run, outcomes);
    answerRun(run, outcomes);
    this.#schedule();
  }
}

interface EndedRun {
  readonly run: Run;
  /** One for each of its batches. */
  readonly outcomes: readonly Outcome[];
}

/** Those of its batches that have ended. */
function answerRun({ appends }: Run, outcomes: readonly Outcome[]): void {
  for (const [index, outcome] of outcomes.entries()) {
    const append = appends[index];
    if (append === undefined) throw new TypeError('an outcome is of no append');
    if ('error' in outcome) append.reject(outcome.error);
    else append.resolve(outcome);
  }
}

function sizeOf(group: readonly Run[]): Pick<AppendGroup, 'batches' | 'items'> {
  let batches = 0;
  let items = 0;
  for (const { appends } of group) {
    batches += appends.length;
    for (const { batch } of appends) items += batch.items.length;
  }
  return { batches, items };
}
