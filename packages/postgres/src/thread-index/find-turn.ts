import type { TurnRecord } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import type { ThreadKey } from '../thread-key.ts';
import { turnColumns, turnRecord } from './turn-rows.ts';

const statement = `
  select ${turnColumns}
  from threadstore.turns
  where tenant = $1 and thread_id = $2 and turn_id = $3
  order by first_ordinal desc
  limit 1`;

/** The latest with this id. */
export async function findTurn(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  turnId: string,
): Promise<TurnRecord | undefined> {
  const [row] = await query(statement, [tenant, threadId, turnId]);
  return row === undefined ? undefined : turnRecord(row);
}
