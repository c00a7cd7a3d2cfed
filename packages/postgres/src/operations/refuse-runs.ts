import { judgeEpoch, type CheckedWriterAppend } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { text } from '../row.ts';
import type { AppendOptions, AppendRun } from './append-items.ts';
import type { Outcome } from './settle-run.ts';
import { seenByWriters, stateColumns, threadState, type ThreadState } from './thread-state.ts';

/**
 * Refuses, by one statement, the runs of which that needs no lock: nobody may write to a thread that isn't there, nor under an epoch
 * that was never granted, whatever others do meanwhile. Undefined for a run that has to be gone through.
 */
export async function refuseRuns(
  query: RunQuery,
  runs: readonly AppendRun[],
  { tenant }: AppendOptions,
): Promise<readonly (readonly Outcome[] | undefined)[]> {
  const ids = runs.map(([head]) => head?.threadId ?? '');
  const rows = await query(statement, [tenant, ids]);
  const states = new Map(rows.map((row) => [text(row, 'thread_id'), threadState(row)]));
  return runs.map((run) => {
    const outcomes = run.map((batch) => refusal(batch, states.get(batch.threadId) ?? null, tenant));
    return outcomes.every((outcome) => outcome !== null) ? outcomes : undefined;
  });
}

const statement = `
  select thread_id, ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = any($2::uuid[])`;

function refusal({ threadId, epoch }: CheckedWriterAppend, state: ThreadState | null, tenant: string): Outcome | null {
  let seen: ThreadState;
  try {
    seen = seenByWriters(state, { tenant, threadId });
  } catch (error) {
    return { error };
  }
  const error = epoch > seen.epoch ? judgeEpoch(seen.epoch, epoch) : null;
  return error === null ? null : { error };
}
