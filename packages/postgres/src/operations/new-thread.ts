import { threadExists, threadIdUsed, type CheckedCreate } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { metadataAssignments, metadataColumns, originColumns } from '../metadata-columns.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState } from './thread-state.ts';

/** The columns of a new thread's row that its creator gave, with their values. */
export function givenColumns(
  { tenant, threadId }: ThreadKey,
  { holder, metadata, forkedFromId, parentThreadId, sessionId, originator }: CheckedCreate,
): readonly (readonly [column: string, value: string | null])[] {
  return [
    ['tenant', tenant],
    ['thread_id', threadId],
    ['forked_from_id', forkedFromId],
    ['parent_thread_id', parentThreadId],
    ['session_id', sessionId],
    ['originator', originator],
    ['lease_holder', holder],
    // The first recency may lie in the past: there is none to move back from.
    ...metadataAssignments(metadata).map(({ column, value }) => [column, value] as const),
  ];
}

const replacedColumns = [...originColumns, ...metadataColumns, 'lease_holder', 'lease_since', 'lease_until'];

/**
 * What an insert of a thread's row does where there is one of that id: it puts the new thread in the place of a creation that was given
 * up or has lapsed, under the next epoch, and leaves every other row alone. The row of a given-up creation stays for that: an
 * epoch that started again from 1 could be one that somebody still holds. `columns`: which others the insert sets.
 */
export function orReplaceGivenUp(columns: readonly string[] = []): string {
  const replacements = [...replacedColumns, ...columns].map((column) => `${column} = excluded.${column}`);
  return `
    on conflict (tenant, thread_id) do update
      set ${replacements.join(', ')}, writer_epoch = threads.writer_epoch + 1, writer_seq = 0
      where not threads.materialized and threads.deleted_at is null
        and (threads.lease_until is null or threads.lease_until <= now())`;
}

/** Why such an insert left the row alone; null where there is no reason any more. */
export async function refuseTaken(query: RunQuery, key: ThreadKey): Promise<null> {
  const state = await readThreadState(query, key);
  if (state?.deleted === true) throw threadIdUsed(key.threadId);
  if (state !== null && (state.materialized || state.leaseRuns)) throw threadExists(key.threadId);
  return null;
}
