import { ThreadStoreError, type AppendResult } from '@threadstore/core';
import { judgeWriter, sequenceGap, sequenceReused, type CheckedWriterAppend } from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import type { IndexedRun } from '../thread-index/append-index.ts';
import type { ThreadKey } from '../thread-key.ts';
import { type AppendOptions, appendRuns, type AppendRun, resultOf, storedFrom } from './append-items.ts';
import { confirmBatch, findBatch } from './find-batch.ts';
import { lockThreadState, seenByWriters, type ThreadState } from './thread-state.ts';

/** How an append ended. */
export type Outcome = AppendResult | { readonly error: unknown };

/**
 * Goes through a run that was not stored, batch by batch and under the lock of the thread's row, so that nothing changes meanwhile:
 * finds those that are stored already, refuses what is to be refused, and stores the rest. One transaction: the answers hold once
 * it is committed.
 */
export async function settleRun(
  database: Database,
  run: readonly CheckedWriterAppend[],
  options: AppendOptions,
): Promise<readonly Outcome[]> {
  const [head] = run;
  if (head === undefined) return [];
  const key = { tenant: options.tenant, threadId: head.threadId };
  const { outcomes, rest, stored } = await database.transaction(async ({ query }): Promise<Settlement> => {
    const state = await lockThreadState(query, key);
    const settled: Outcome[] = [];
    for (const [index, batch] of run.entries()) {
      const outcome = await outcomeOf(query, key, batch, state);
      if (outcome === null) return storeRest(query, settled, run.slice(index), options);
      settled.push(outcome);
    }
    if (settled.some((outcome) => !('error' in outcome))) await confirmBatch(query, key);
    return { outcomes: settled, rest: [], stored: null };
  });
  // It has been committed now.
  if (stored !== null) options.index.appended(rest, stored);
  return outcomes;
}

interface Settlement {
  readonly outcomes: readonly Outcome[];
  /** The batches at the end that were stored now. */
  readonly rest: AppendRun;
  readonly stored: IndexedRun | null;
}

async function storeRest(
  query: RunQuery,
  settled: readonly Outcome[],
  rest: AppendRun,
  options: AppendOptions,
): Promise<Settlement> {
  const [stored] = await appendRuns(query, [rest], options);
  if (stored === undefined) throw internal('a batch that nothing spoke against was not stored');
  return { outcomes: [...settled, ...storedFrom(stored.firstOrdinal, rest)], rest, stored };
}

/** The answer to a batch that was stored before or is refused; null for one that can be stored, with those that follow it. */
async function outcomeOf(
  query: RunQuery,
  key: ThreadKey,
  batch: CheckedWriterAppend,
  state: ThreadState | null,
): Promise<Outcome | null> {
  try {
    const seen = seenByWriters(state, key);
    // Before the writer is judged: a retry learns that its batch is stored even when it has been fenced since.
    if (isPast(batch, seen)) {
      const place = await findBatch(query, key, batch);
      if (place?.sameItems === false) throw sequenceReused(batch.sequence);
      if (place !== null) return resultOf(place.firstOrdinal, batch, true);
    }
    const error = judgeWriter(seen, batch.epoch);
    if (error !== null) throw error;
    if (batch.sequence > seen.nextSequence) throw sequenceGap(batch.sequence, seen.nextSequence);
    if (batch.sequence < seen.nextSequence) throw internal('a batch that was stored is missing');
    return null;
  } catch (error) {
    if (error instanceof ThreadStoreError) return { error };
    throw error;
  }
}

/** Whether a batch may have been stored already. */
function isPast({ epoch, sequence }: CheckedWriterAppend, state: ThreadState): boolean {
  return epoch < state.epoch || (epoch === state.epoch && sequence < state.nextSequence);
}

function internal(what: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'INTERNAL', message: `internal error: ${what}` });
}
