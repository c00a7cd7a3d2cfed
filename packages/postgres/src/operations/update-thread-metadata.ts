import type { StoredThread } from '@threadstore/core';
import type { CheckedUpdate } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { patchAssignments } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { storedThread, threadColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThread } from './read-thread.ts';
import { readThreadState, seenByReaders, untilSettled } from './thread-state.ts';

/**
 * Merges a patch in one update that sets the columns which the patch names and no others: of patches that race, each waits for
 * the row and is applied to what the one before left.
 */
export async function updateThreadMetadata(
  query: RunQuery,
  key: ThreadKey,
  { patch, includeArchived }: CheckedUpdate,
): Promise<StoredThread> {
  const params = new Params();
  for (const value of [key.tenant, key.threadId, `${includeArchived}`]) params.add(value);
  const assignments = patchAssignments(patch, params);
  if (assignments === '') return readThread(query, key, includeArchived);
  const statement = `
    update threadstore.threads set ${assignments}
    where tenant = $1 and thread_id = $2 and materialized and ($3::boolean or archived_at is null)
    returning ${threadColumns}`;
  return untilSettled(async () => {
    const [row] = await query(statement, params.values);
    if (row !== undefined) return storedThread(row);
    seenByReaders(await readThreadState(query, key), key, includeArchived);
    return null;
  });
}
