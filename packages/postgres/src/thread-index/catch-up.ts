import { factsOfText, type ItemFacts, projectTurns, type TurnEvent, type TurnRecord } from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import { integer, integerOrNull, text } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';
import { ChunkTable } from './chunk-table.ts';
import type { KnownTurns } from './known-turns.ts';
import { turnColumns, turnRecord } from './turn-rows.ts';

/** What a catch-up shares with appends. */
export interface CatchUpContext {
  readonly known: KnownTurns;
}

/** Appends of the thread wait for a transaction, which is held as short as a page of its history. */
const chunkItemsMax = 2_000;
const chunkBytesMax = 8 * 1024 * 1024;

const lock = `
  select index_from, next_ordinal, writer_epoch from threadstore.threads where tenant = $1 and thread_id = $2 for no key update`;

export const lastTurnStatement = `
  select ${turnColumns} from threadstore.turns where tenant = $1 and thread_id = $2 order by first_ordinal desc limit 1`;

const chunkItems = `
  select body
  from (
    select ordinal, body, sum(octet_length(body)) over (order by ordinal rows unbounded preceding) as bytes
    from threadstore.items
    where tenant = $1 and thread_id = $2 and ordinal >= $3::bigint and ordinal < $4::bigint
  ) as items
  where bytes <= ${chunkBytesMax} or ordinal = $3::bigint
  order by ordinal`;

/** The latest of each id. */
export const namedTurnsStatement = `
  select turn.*
  from unnest($3::text[]) as named (id)
  cross join lateral (
    select ${turnColumns}
    from threadstore.turns
    where tenant = $1 and thread_id = $2 and turn_id = named.id and end_ordinal is not null
    order by first_ordinal desc
    limit 1
  ) as turn`;

const advance = `
  update threadstore.threads
  set index_from = nullif($3::bigint, next_ordinal)
  where tenant = $1 and thread_id = $2`;

/**
 * Brings the turns of a thread up to its end, as it is when the last of several transactions has the thread's row. A thread that
 * is not behind, or not there, is left as it is.
 */
export async function catchUp(
  database: Database,
  key: ThreadKey,
  context: CatchUpContext,
  { isStopped = () => false, lockWaitMs }: CatchUpOptions = {},
): Promise<void> {
  let behind = true;
  while (behind && !isStopped()) {
    behind = await database.transaction(async ({ query, script }) => {
      if (lockWaitMs !== undefined) await script(`set local lock_timeout = ${lockWaitMs}`);
      return takeChunk(query, key, context);
    });
  }
}

export interface CatchUpOptions {
  readonly isStopped?: () => boolean;
  /** How long to wait for the thread's row, where not as long as any other statement. */
  readonly lockWaitMs?: number;
}

/** Whether there is more to do. */
async function takeChunk(query: RunQuery, key: ThreadKey, { known }: CatchUpContext): Promise<boolean> {
  const { tenant, threadId } = key;
  const [row] = await query(lock, [tenant, threadId]);
  const from = row === undefined ? null : integerOrNull(row, 'index_from');
  if (row === undefined || from === null) return false;
  const end = integer(row, 'next_ordinal');
  const before = await openTurn(query, key);
  const facts = await chunkFacts(query, key, from, end);
  const events = facts.map((fact) => fact?.event ?? null);
  const table = new ChunkTable(await namedTurns(query, key, events));
  const open = projectTurns(before, { firstOrdinal: from, events }, table);
  const next = from + BigInt(facts.length);
  // Not after the commit: appends that wait for the row come next, and need it.
  known.set(threadId, { epoch: integer(row, 'writer_epoch'), ordinal: next, open });
  await table.write(query, key);
  await table.hide(query, key);
  await query(advance, [tenant, threadId, `${next}`]);
  return next < end;
}

async function openTurn(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<TurnRecord | null> {
  const [row] = await query(lastTurnStatement, [tenant, threadId]);
  const last = row === undefined ? null : turnRecord(row);
  return last?.endOrdinal === null ? last : null;
}

/** Up to a rollback at most: what comes after it must not find the turns that it hides. */
async function chunkFacts(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  from: bigint,
  end: bigint,
): Promise<readonly (ItemFacts | null)[]> {
  const full = from + BigInt(chunkItemsMax);
  const rows = await query(chunkItems, [tenant, threadId, `${from}`, `${full < end ? full : end}`]);
  // Else it would go on for ever.
  if (rows.length === 0) throw new TypeError('a thread has fewer items than it counts');
  const facts: (ItemFacts | null)[] = [];
  for (const row of rows) {
    const fact = factsOfText(text(row, 'body'));
    facts.push(fact);
    if (fact?.event?.kind === 'rolledBack') break;
  }
  return facts;
}

async function namedTurns(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  events: readonly (TurnEvent | null)[],
): Promise<readonly TurnRecord[]> {
  const ids = new Set<string>();
  for (const event of events) {
    if (event !== null && event.kind !== 'started' && 'turnId' in event && event.turnId !== null) ids.add(event.turnId);
  }
  if (ids.size === 0) return [];
  return (await query(namedTurnsStatement, [tenant, threadId, [...ids]])).map(turnRecord);
}
