import { judgeWriter, type CheckedDelete } from '@threadstore/core/internal';
import { type Database, DatabaseFailure, type RunQuery } from '../database.ts';
import { blankAssignments } from '../metadata-columns.ts';
import { indexTables } from '../thread-index/index-tables.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState, seenByAll, untilSettled } from './thread-state.ts';

const tombstone = `
  update threadstore.threads
  set deleted_at = coalesce(deleted_at, now()), materialized = false, archived_at = null, next_ordinal = 0, writer_seq = 0, index_from = null,
    lease_holder = null, lease_since = null, lease_until = null, ${blankAssignments}
  where tenant = $1 and thread_id = $2
    and (deleted_at is not null or materialized and ($3::bigint is null or writer_epoch = $3::bigint and lease_holder is not null))
  returning 1`;

const leftovers = ['items', 'external_appends', ...indexTables].map(
  (table) => `delete from threadstore.${table} where tenant = $1 and thread_id = $2`,
);

const words = 'delete from threadstore.messages where tenant = $1 and thread_id = $2';

/** A million items take seconds. */
const statementTimeoutMs = 5 * 60_000;

/**
 * Erases a thread in one transaction, the row first: once that is written, every append is either committed, and the next statements
 * see its items, or refused. A single statement would see the items as they were before it waited for the row, and leave those of
 * an append that it waited for.
 */
export async function deleteThread(database: Database, key: ThreadKey, { epoch }: CheckedDelete): Promise<void> {
  await database.transaction(
    async ({ query }) => {
      await bury(query, key, epoch);
      for (const statement of leftovers) await query(statement, [key.tenant, key.threadId]);
    },
    { statementTimeoutMs },
  );
  // A pass that read the items before may have written words while they were being deleted. One that ends later finds the thread gone.
  try {
    await database.query(words, [key.tenant, key.threadId]);
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
    // Whatever came of this, the thread is deleted: to delete it again does what is left.
    throw new DatabaseFailure({ kind: error.kind, code: error.code ?? undefined, mayBeCommitted: true });
  }
}

async function bury(query: RunQuery, key: ThreadKey, epoch: bigint | null): Promise<void> {
  const params = [key.tenant, key.threadId, epoch === null ? null : `${epoch}`];
  await untilSettled(async () => {
    const rows = await query(tombstone, params);
    if (rows.length > 0) return true;
    const state = await readThreadState(query, key);
    if (state?.deleted === true) return null;
    const seen = seenByAll(state, key);
    const error = epoch === null ? null : judgeWriter(seen, epoch);
    if (error !== null) throw error;
    return null;
  });
}
