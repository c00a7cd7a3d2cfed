import type { WriterRef } from '@threadstore/core';
import { judgeEpoch } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { blankAssignments } from '../metadata-columns.ts';
import type { ThreadKey } from '../thread-key.ts';
import { isSeenByWriters, readThreadState, seenByWriters, untilSettled } from './thread-state.ts';

// Of the two updates one finds the row, by the snapshot of the statement; if the row is materialised just then, none does.
const statement = `
  with released as (
    update threadstore.threads
    set lease_holder = null, lease_since = null, lease_until = null
    where tenant = $1 and thread_id = $2 and writer_epoch = $3 and materialized
    returning 1
  ), given_up as (
    update threadstore.threads
    set lease_holder = null, lease_since = null, lease_until = null, ${blankAssignments}
    where tenant = $1 and thread_id = $2 and writer_epoch = $3 and not materialized and lease_holder is not null
    returning 1
  )
  select 1 from released union all select 1 from given_up`;

/**
 * Releases a writer's lease. A thread that was not materialised loses everything but its id and its epoch, which no operation
 * shows; see `createThread`. Released already: a success. `terminal`: so is a thread that is gone.
 */
export async function releaseWriter(
  query: RunQuery,
  key: ThreadKey,
  { epoch }: WriterRef,
  { terminal }: { readonly terminal: boolean },
): Promise<void> {
  await untilSettled(async () => {
    const rows = await query(statement, [key.tenant, key.threadId, `${epoch}`]);
    if (rows.length > 0) return true;
    const found = await readThreadState(query, key);
    if (terminal && (found === null || !isSeenByWriters(found))) return true;
    const error = judgeEpoch(seenByWriters(found, key).epoch, epoch);
    if (error !== null) throw error;
    return null;
  });
}
