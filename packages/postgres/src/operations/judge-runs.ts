import { ThreadStoreError, type AppendResult } from '@threadstore/core';
import { judgeWriter, sequenceGap, sequenceReused, type CheckedWriterAppend } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { type AppendOptions, type AppendRun, resultOf } from './append-items.ts';
import { findBatches, type FoundBatch } from './find-batches.ts';
import { seenByWriters } from './thread-state.ts';

/** How an append ended. */
export type Outcome = AppendResult | { readonly error: unknown };

/**
 * What can be said of runs that were not stored, by one statement for all of them: for each run the outcomes of its first batches, up to
 * one that nothing speaks against, which may be the first.
 *
 * Nobody's lock is needed for it. All that is read is of one moment after the calls, and what is refused or found then stays so: items
 * never change; once an epoch has passed or was released nobody writes under it any more, and whoever moves it on waits for writes
 * under way. A gap alone may be filled a moment later, by somebody who did not wait for the answer to the batch before.
 */
export async function judgeRuns(
  query: RunQuery,
  runs: readonly AppendRun[],
  { tenant }: AppendOptions,
): Promise<readonly (readonly Outcome[])[]> {
  const { found, confirmed } = await findBatches(query, runs.flat(), tenant);
  let next = 0;
  return runs.map((run) => {
    const outcomes: Outcome[] = [];
    const findings = found.slice(next, (next += run.length));
    for (const [index, batch] of run.entries()) {
      const outcome = outcomeOf(batch, findings[index], tenant);
      if (outcome === null || (!('error' in outcome) && !confirmed)) break;
      outcomes.push(outcome);
    }
    return outcomes;
  });
}

/** The answer to a batch that was stored before or is refused; null for one that can be stored, with those that follow it. */
function outcomeOf(batch: CheckedWriterAppend, finding: FoundBatch | undefined, tenant: string): Outcome | null {
  if (finding === undefined) throw new TypeError('a batch was not looked for');
  const { state, place } = finding;
  try {
    const seen = seenByWriters(state, { tenant, threadId: batch.threadId });
    // Before the writer is judged: a retry learns that its batch is stored even when it has been fenced since.
    if (place?.sameItems === false) throw sequenceReused(batch.sequence);
    if (place !== null) return resultOf(place.firstOrdinal, batch, true);
    const error = judgeWriter(seen, batch.epoch);
    if (error !== null) throw error;
    if (batch.sequence > seen.nextSequence) throw sequenceGap(batch.sequence, seen.nextSequence);
    if (batch.sequence < seen.nextSequence) {
      throw new ThreadStoreError({
        reason: 'INTERNAL',
        message: 'internal error: a batch that was stored is missing',
      });
    }
    return null;
  } catch (error) {
    if (error instanceof ThreadStoreError) return { error };
    throw error;
  }
}
