import type { WriterGrant } from '@threadstore/core';
import { threadExists, threadIdUsed, type CheckedCreate } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { metadataAssignments, metadataColumns, originColumns } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { leaseColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState, untilSettled } from './thread-state.ts';
import { writerGrant } from './writer-grant.ts';

/**
 * Takes an id in one statement: it inserts the row, or, where a creation was given up or has lapsed, puts the new thread in its
 * place under the next epoch. The row of a given-up creation stays for that: an epoch that started again from 1 could be one
 * that somebody still holds.
 *
 * `now()` and not `clock_timestamp()`, here and everywhere: one moment for a whole statement, so that a lease is judged, granted
 * and reported by the same one. When the statement waits for a lock, its moment lies before the wait, and leases count as running
 * a little longer than they do, never shorter.
 */
export async function createThread(
  query: RunQuery,
  key: ThreadKey,
  create: CheckedCreate,
  leaseDurationMs: number,
): Promise<WriterGrant> {
  const { text, params } = insertStatement(key, create, leaseDurationMs);
  return untilSettled(async () => {
    const [row] = await query(text, params.values);
    if (row !== undefined) return writerGrant(key, row);
    const state = await readThreadState(query, key);
    if (state?.deleted === true) throw threadIdUsed(key.threadId);
    if (state !== null && (state.materialized || state.leaseRuns)) throw threadExists(key.threadId);
    return null;
  });
}

const replacedColumns = [...originColumns, ...metadataColumns, 'lease_holder', 'lease_since', 'lease_until'];
const replacements = replacedColumns.map((column) => `${column} = excluded.${column}`).join(', ');

function insertStatement(
  { tenant, threadId }: ThreadKey,
  { holder, metadata, forkedFromId, parentThreadId, sessionId, originator }: CheckedCreate,
  leaseDurationMs: number,
): { readonly text: string; readonly params: Params } {
  const params = new Params();
  const given = [
    ['tenant', tenant],
    ['thread_id', threadId],
    ['forked_from_id', forkedFromId],
    ['parent_thread_id', parentThreadId],
    ['session_id', sessionId],
    ['originator', originator],
    ['lease_holder', holder],
    // Absent metadata gets the columns' defaults. The first recency may lie in the past: there is none to move back from.
    ...metadataAssignments(metadata).map(({ column, value }) => [column, value] as const),
  ] as const;
  const columns = given.map(([column]) => column);
  const places = given.map(([, value]) => params.add(value));
  const duration = params.add(`${leaseDurationMs}`);
  const text = `
    insert into threadstore.threads as threads (${columns.join(', ')}, writer_epoch, lease_since, lease_until)
    values (${places.join(', ')}, 1, now(), now() + ${duration}::bigint * interval '1 millisecond')
    on conflict (tenant, thread_id) do update
      set ${replacements}, writer_epoch = threads.writer_epoch + 1, writer_seq = 0
      where not threads.materialized and threads.deleted_at is null
        and (threads.lease_until is null or threads.lease_until <= now())
    returning writer_epoch, next_ordinal, ${leaseColumns}`;
  return { text, params };
}
