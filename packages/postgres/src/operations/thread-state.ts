import { type Lease, ThreadStoreError } from '@threadstore/core';
import { threadArchived, threadDeleted, threadNotFound } from '@threadstore/core/internal';
import type { Row, RunQuery } from '../database.ts';
import { flag, integer, milliseconds, time } from '../row.ts';
import { leaseColumns, leaseOrNull } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';

/** Why a statement may have found no row to change. */
export interface ThreadState {
  readonly materialized: boolean;
  readonly archived: boolean;
  readonly deleted: boolean;
  readonly epoch: bigint;
  readonly nextSequence: bigint;
  /** `null` once released. */
  readonly lease: Lease | null;
  readonly leaseRuns: boolean;
  /** The database's time when it was asked. */
  readonly now: Date;
}

export const stateColumns = `
  materialized, archived_at is not null as archived, deleted_at is not null as deleted, writer_epoch, writer_seq, ${leaseColumns},
  coalesce(lease_until > now(), false) as lease_runs, ${milliseconds('now()')} as now`;

const statement = `select ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = $2`;

/** One keyed read, after a write that found nothing to do. */
export async function readThreadState(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<ThreadState | null> {
  const [row] = await query(statement, [tenant, threadId]);
  return row === undefined ? null : threadState(row);
}

/** The state as it stays until the end of the transaction. Waits for others who have the row. */
export async function lockThreadState(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<ThreadState | null> {
  const [row] = await query(`${statement} for no key update`, [tenant, threadId]);
  return row === undefined ? null : threadState(row);
}

export function threadState(row: Row): ThreadState {
  return {
    materialized: flag(row, 'materialized'),
    archived: flag(row, 'archived'),
    deleted: flag(row, 'deleted'),
    epoch: integer(row, 'writer_epoch'),
    nextSequence: integer(row, 'writer_seq'),
    lease: leaseOrNull(row),
    leaseRuns: flag(row, 'lease_runs'),
    now: time(row, 'now'),
  };
}

/** Whether writers know it: also while it is not materialised, but not what is left of one that was given up. */
export function isSeenByWriters(state: ThreadState): boolean {
  return state.materialized || state.lease !== null;
}

/** The thread as its writers know it. */
export function seenByWriters(state: ThreadState | null, { threadId }: ThreadKey): ThreadState {
  if (state !== null && isSeenByWriters(state)) return state;
  throw state?.deleted === true ? threadDeleted(threadId) : threadNotFound(threadId);
}

/** The thread as everybody knows it. */
export function seenByAll(state: ThreadState | null, key: ThreadKey): ThreadState {
  const seen = seenByWriters(state, key);
  if (!seen.materialized) throw threadNotFound(key.threadId);
  return seen;
}

/** The thread for those who may have to say that they mean an archived one. */
export function seenByReaders(state: ThreadState | null, key: ThreadKey, includeArchived: boolean): ThreadState {
  const seen = seenByAll(state, key);
  if (seen.archived && !includeArchived) throw threadArchived(key.threadId);
  return seen;
}

const roundsMax = 10;

/**
 * Repeats a statement and the diagnosis after it for as long as they contradict each other, which happens when the row changes
 * between the two: `null` asks for another round.
 */
export async function untilSettled<T>(round: () => Promise<T | null>): Promise<T> {
  for (let rounds = 0; rounds < roundsMax; rounds += 1) {
    const result = await round();
    if (result !== null) return result;
  }
  throw new ThreadStoreError({ reason: 'BACKEND_UNAVAILABLE', message: 'the thread is too busy, try again' });
}
