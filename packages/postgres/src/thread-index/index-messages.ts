import type { ThreadId } from '@threadstore/core';
import { factsOfText, type SaidText } from '@threadstore/core/internal';
import { type Database, DatabaseFailure, type Row, type RunQuery } from '../database.ts';
import { integer, text, textOrNull } from '../row.ts';
import { behindStatement, settleStatements } from './messages-behind.ts';
import { isShown } from './shown.ts';
import { type TenantWords, vectorOf } from './words.ts';

/** Items that are looked at in one pass, of all its threads. */
const passItems = 10_000;
const passBytes = 16 * 1024 * 1024;

/** Of each thread as much as there is room for, and one item at least. What can't hold a message is not sent. */
const itemsStatement = `
  select item.*
  from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as behind (thread_id, from_ordinal, until_ordinal)
  cross join lateral (
    select behind.thread_id, ordinal, bytes, case when body ~ 'event_msg|response_item|\\\\u' then body end as body
    from (
      select ordinal, body, sum(octet_length(body)) over (order by ordinal rows unbounded preceding) as bytes
      from threadstore.items
      where tenant = $1 and thread_id = behind.thread_id and ordinal >= behind.from_ordinal and ordinal < behind.until_ordinal
    ) as item
    where bytes <= $5::bigint or ordinal = behind.from_ordinal
  ) as item
  order by thread_id, ordinal`;

/** In the order of the key, or two passes that write the same could lock each other out. Not what a rollback hides already. */
const insert = `
  insert into threadstore.messages (tenant, thread_id, ordinal, by_tool, words)
  select $1, message.thread_id, message.ordinal, message.by_tool, ${vectorOf('message.words')}
  from unnest($2::uuid[], $3::bigint[], $4::boolean[], $5::text[]) as message (thread_id, ordinal, by_tool, words)
  where ${isShown('message')}
  order by message.thread_id, message.ordinal
  on conflict do nothing`;

/** What was written for a thread that was deleted meanwhile. */
const sweep = `
  with gone as materialized (
    select done.thread_id
    from unnest($2::uuid[]) as done (thread_id)
    left join threadstore.threads as threads on threads.tenant = $1 and threads.thread_id = done.thread_id
    where threads.thread_id is null or threads.deleted_at is not null
  )
  delete from threadstore.messages as messages using gone where messages.tenant = $1 and messages.thread_id = gone.thread_id`;

/** How far a thread's messages are known. */
interface Behind {
  readonly threadId: ThreadId;
  readonly from: bigint;
  readonly until: bigint;
}

/**
 * Writes the words of messages that are not written yet, of these threads, as much as one pass holds, and resolves with the threads that
 * have more. Many messages at once cost the index of words a fraction of what each costs alone.
 *
 * Nobody waits for it to be durable: after a crash it is noted still what is missing.
 */
export async function indexMessages(
  database: Database,
  tenant: string,
  threadIds: readonly ThreadId[],
  words: TenantWords,
): Promise<readonly ThreadId[]> {
  const rows = await database.query(behindStatement, [tenant, threadIds]);
  if (rows.length === 0) return [];
  const share = Math.max(1, Math.floor(passItems / rows.length));
  const behind = rows.map((row): Behind & { readonly end: bigint } => {
    const from = integer(row, 'from_ordinal');
    const end = integer(row, 'until_ordinal');
    const full = from + BigInt(share);
    return { threadId: text(row, 'thread_id'), from, until: full < end ? full : end, end };
  });
  const items = await readItems(database.query, tenant, behind);
  const done = reached(behind, items);
  await database.transaction(async ({ query, script }) => {
    await script('set local synchronous_commit = off');
    await write(query, tenant, items, words);
    for (const statement of settleStatements) await query(statement, [tenant, ...columns(done)]);
  });
  await database.query(sweep, [tenant, done.map(({ threadId }) => threadId)]);
  await sortWordsIn(database);
  const ends = new Map(behind.map(({ threadId, end }) => [threadId, end]));
  return done.filter(({ threadId, until }) => until !== ends.get(threadId)).map(({ threadId }) => threadId);
}

/** Only the owner of the index may; where that is somebody else, the vacuum does it, and searches take longer until then. */
async function sortWordsIn(database: Database): Promise<void> {
  try {
    await database.query(`select gin_clean_pending_list('threadstore.messages_by_word')`, []);
  } catch (error) {
    if (!(error instanceof DatabaseFailure) || error.kind !== 'refused') throw error;
  }
}

function readItems(query: RunQuery, tenant: string, behind: readonly Behind[]): Promise<readonly Row[]> {
  return query(itemsStatement, [tenant, ...columns(behind), `${Math.floor(passBytes / behind.length)}`]);
}

function columns(threads: readonly Behind[]): readonly [ThreadId[], string[], string[]] {
  return [
    threads.map(({ threadId }) => threadId),
    threads.map(({ from }) => `${from}`),
    threads.map(({ until }) => `${until}`),
  ];
}

/** What was read ends earlier where there was no room for all. */
function reached(behind: readonly Behind[], items: readonly Row[]): readonly Behind[] {
  const next = new Map<ThreadId, bigint>();
  for (const row of items) next.set(text(row, 'thread_id'), integer(row, 'ordinal') + 1n);
  return behind.flatMap(({ threadId, from }) => {
    const until = next.get(threadId);
    // Deleted meanwhile.
    return until === undefined ? [] : [{ threadId, from, until }];
  });
}

/** An item that somebody broke by hand keeps nobody from the others. */
function saidIn(body: string): SaidText | null {
  try {
    return factsOfText(body)?.said ?? null;
  } catch {
    return null;
  }
}

async function write(query: RunQuery, tenant: string, items: readonly Row[], words: TenantWords): Promise<void> {
  const [threads, ordinals, byTool, found]: [string[], string[], string[], string[]] = [[], [], [], []];
  for (const row of items) {
    const body = textOrNull(row, 'body');
    const said = body === null ? null : saidIn(body);
    const its = said === null ? '' : words.of(said.text);
    if (its === '') continue;
    threads.push(text(row, 'thread_id'));
    ordinals.push(`${integer(row, 'ordinal')}`);
    byTool.push(`${said?.by === 'tool'}`);
    found.push(its);
  }
  if (threads.length > 0) await query(insert, [tenant, threads, ordinals, byTool, found]);
}
