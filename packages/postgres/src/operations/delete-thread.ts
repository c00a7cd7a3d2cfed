import { threadNotFound } from '@threadstore/core/internal';
import type { Database } from '../database.ts';
import { blankAssignments } from '../metadata-columns.ts';
import type { ThreadKey } from '../thread-key.ts';

const tombstone = `
  update threadstore.threads
  set deleted_at = coalesce(deleted_at, now()), materialized = false, archived_at = null, next_ordinal = 0, writer_seq = 0,
    lease_holder = null, lease_since = null, lease_until = null, ${blankAssignments}
  where tenant = $1 and thread_id = $2 and (materialized or deleted_at is not null)
  returning 1`;

const items = 'delete from threadstore.items where tenant = $1 and thread_id = $2';

/** A million items take seconds. */
const statementTimeoutMs = 5 * 60_000;

/**
 * Erases a thread in one transaction of two statements, in this order: once the first has the row, every append is either
 * committed, and the second statement sees its items, or refused. A single statement would see the items as they were before it
 * waited for the row, and leave those of an append that it waited for.
 */
export async function deleteThread(database: Database, { tenant, threadId }: ThreadKey): Promise<void> {
  await database.transaction(
    async ({ query }) => {
      const rows = await query(tombstone, [tenant, threadId]);
      if (rows.length === 0) throw threadNotFound(threadId);
      await query(items, [tenant, threadId]);
    },
    { statementTimeoutMs },
  );
}
