import { threadNotFound } from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import { integer, integerOrNull } from '../row.ts';
import { catchUp, type CatchUpContext } from '../thread-index/catch-up.ts';
import type { ThreadKey } from '../thread-key.ts';
import { seenByReaders, stateColumns, threadState } from './thread-state.ts';

const statement = `
  select ${stateColumns}, next_ordinal, index_from from threadstore.threads where tenant = $1 and thread_id = $2`;

/**
 * The ordinal up to which the indexes of a thread know its items, all that were appended before the call among them. Reads the
 * items first that they lack.
 */
export async function indexedUntil(
  database: Database,
  key: ThreadKey,
  includeArchived: boolean,
  context: CatchUpContext,
): Promise<bigint> {
  const state = await indexState(database.query, key, includeArchived);
  if (state.indexFrom === null) return state.nextOrdinal;
  await catchUp(database, key, context);
  const { nextOrdinal, indexFrom } = await indexState(database.query, key, includeArchived);
  // More was appended since.
  return indexFrom ?? nextOrdinal;
}

async function indexState(
  query: RunQuery,
  key: ThreadKey,
  includeArchived: boolean,
): Promise<{ readonly nextOrdinal: bigint; readonly indexFrom: bigint | null }> {
  const [row] = await query(statement, [key.tenant, key.threadId]);
  if (row === undefined) throw threadNotFound(key.threadId);
  seenByReaders(threadState(row), key, includeArchived);
  return { nextOrdinal: integer(row, 'next_ordinal'), indexFrom: integerOrNull(row, 'index_from') };
}
