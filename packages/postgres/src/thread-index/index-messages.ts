import type { ThreadId } from '@threadstore/core';
import { factsOfText, type SaidText } from '@threadstore/core/internal';
import { type Database, DatabaseFailure, type Row, type RunQuery } from '../database.ts';
import { integer, text, textOrNull } from '../row.ts';
import { type MessageNote, readNotes, settleNotes } from './messages-behind.ts';
import { isShown } from './shown.ts';
import { type TenantWords, vectorOf } from './words.ts';

/** What one pass looks at: little enough that a search can wait for it. */
const passNotes = 200;
const passItems = 2_000;
const passBytes = 4 * 1024 * 1024;

/** As much as there is room for, and one item at least. What can't hold a message is not sent. */
const itemsStatement = `
  select thread_id, ordinal, case when body ~ 'event_msg|response_item|\\\\u' then body end as body
  from (
    select behind.thread_id, ordinal, body, sum(octet_length(body)) over ordered as bytes, row_number() over ordered as place
    from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as behind (thread_id, from_ordinal, until_ordinal)
    cross join lateral (
      select ordinal, body
      from threadstore.items
      where tenant = $1 and thread_id = behind.thread_id and ordinal >= behind.from_ordinal and ordinal < behind.until_ordinal
    ) as item
    window ordered as (order by behind.thread_id, ordinal rows unbounded preceding)
  ) as item
  where bytes <= ${passBytes} or place = 1
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

/** One pass at a time: a second one would read the same, and wait for each row that the first writes. */
const lockKey = `hashtextextended('threadstore messages ' || $1, 0)`;

export interface MessagePass {
  readonly tenant: string;
  readonly words: TenantWords;
  /** Only of this thread; null: of any. */
  readonly threadId: ThreadId | null;
  /** Whether to wait, for a second at most, while another pass is under way. Else it is left to that one. */
  readonly waits: boolean;
}

/**
 * Writes words of messages that are noted as not written yet, as much as one pass holds; whether there is more. Many messages at once
 * cost the index of words a fraction of what each costs alone.
 *
 * Nobody waits for it to be durable: after a crash it is noted still what is missing.
 */
export async function indexMessages(database: Database, pass: MessagePass): Promise<boolean> {
  const { tenant } = pass;
  const written = await database.transaction(async ({ query, script }) => {
    await script(`set local synchronous_commit = off; set local lock_timeout = '1s'`);
    // Whoever is at it may leave some.
    if (!(await begins(query, pass))) return { more: true };
    const notes = await readNotes(query, tenant, pass.threadId, passNotes);
    if (notes.length === 0) return { more: false };
    const share = BigInt(Math.ceil(passItems / notes.length));
    const parts = notes.map((note) => ({ ...note, until: smaller(note.until, note.from + share) }));
    const items = await query(itemsStatement, [tenant, ...columns(parts)]);
    await write(query, tenant, items, pass.words);
    return { notes, done: reached(parts, items) };
  });
  if ('more' in written) return written.more;
  const { notes, done } = written;
  await settleNotes(database.query, tenant, done);
  await database.query(sweep, [tenant, done.map(({ threadId }) => threadId)]);
  const untils = new Map(notes.map(({ threadId, until }) => [threadId, until]));
  const isAll = done.length === notes.length && done.every(({ threadId, until }) => until === untils.get(threadId));
  return !isAll || notes.length === passNotes;
}

async function begins(query: RunQuery, { tenant, waits }: MessagePass): Promise<boolean> {
  const lock = waits ? 'pg_advisory_xact_lock' : 'pg_try_advisory_xact_lock';
  const [row] = await query(`select ${lock}(${lockKey})::text as begins`, [tenant]);
  return waits || row?.['begins'] === 'true';
}

/** Where this user may not, the vacuum does it, and searches take longer until then. */
export async function sortWordsIn(database: Database): Promise<void> {
  try {
    await database.query(`select threadstore.sort_words_in()`, []);
  } catch (error) {
    if (!(error instanceof DatabaseFailure) || error.kind !== 'refused') throw error;
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function columns(parts: readonly MessageNote[]): readonly [ThreadId[], string[], string[]] {
  return [
    parts.map(({ threadId }) => threadId),
    parts.map(({ from }) => `${from}`),
    parts.map(({ until }) => `${until}`),
  ];
}

/** How far these items go. Where there is none at all, nothing is left to read for these notes. */
function reached(parts: readonly MessageNote[], items: readonly Row[]): readonly MessageNote[] {
  if (items.length === 0) return parts;
  const next = new Map<ThreadId, bigint>();
  for (const row of items) next.set(text(row, 'thread_id'), integer(row, 'ordinal') + 1n);
  return parts.flatMap((part) => {
    const until = next.get(part.threadId);
    return until === undefined ? [] : [{ ...part, until }];
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
