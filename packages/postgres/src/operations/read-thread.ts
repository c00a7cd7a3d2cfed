import type { StoredThread } from '@threadstore/core';
import { threadNotFound } from '@threadstore/core/internal';
import { prepared, type RunQuery } from '../database.ts';
import { storedThread, threadColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { seenByReaders, stateColumns, threadState } from './thread-state.ts';

/** To plan it took as long as to run it. */
const statement = prepared(`
  select ${threadColumns}, ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = $2`);

/** One keyed read. */
export async function readThread(query: RunQuery, key: ThreadKey, includeArchived: boolean): Promise<StoredThread> {
  const [row] = await query(statement, [key.tenant, key.threadId]);
  if (row === undefined) throw threadNotFound(key.threadId);
  seenByReaders(threadState(row), key, includeArchived);
  return storedThread(row);
}
