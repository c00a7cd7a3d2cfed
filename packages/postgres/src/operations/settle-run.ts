import { ThreadStoreError } from '@threadstore/core';
import type { Database, RunQuery } from '../database.ts';
import type { IndexedRun } from '../thread-index/append-index.ts';
import { type AppendOptions, appendRuns, type AppendRun, storedFrom } from './append-items.ts';
import { judgeRuns, type Outcome } from './judge-runs.ts';
import { lockThreadState } from './thread-state.ts';

/**
 * Stores a run, or says why not, under the lock of the thread's row, so that nothing changes meanwhile: finds the batches that are stored
 * already, refuses what is to be refused, and stores the rest. Waits for others who have the row. One transaction: the answers hold
 * once it is committed.
 */
export async function settleRun(
  database: Database,
  run: AppendRun,
  options: AppendOptions,
): Promise<readonly Outcome[]> {
  const [head] = run;
  if (head === undefined) return [];
  const { outcomes, rest, stored } = await database.transaction(async ({ query }): Promise<Settlement> => {
    await lockThreadState(query, { tenant: options.tenant, threadId: head.threadId });
    const [judged = []] = await judgeRuns(query, [run], options);
    const left = run.slice(judged.length);
    return { outcomes: judged, rest: left, stored: left.length === 0 ? null : await storeRest(query, left, options) };
  });
  if (stored === null) return outcomes;
  // It has been committed now.
  options.index.appended(rest, stored);
  return [...outcomes, ...storedFrom(stored.firstOrdinal, rest)];
}

interface Settlement {
  readonly outcomes: readonly Outcome[];
  /** The batches at the end that were stored now. */
  readonly rest: AppendRun;
  readonly stored: IndexedRun | null;
}

async function storeRest(query: RunQuery, rest: AppendRun, options: AppendOptions): Promise<IndexedRun> {
  const [stored] = await appendRuns(query, [rest], options);
  if (stored !== undefined) return stored;
  throw new ThreadStoreError({
    reason: 'INTERNAL',
    message: 'internal error: a batch that nothing spoke against was not stored',
  });
}
