import type { StoredThread, ThreadId, ThreadRelation } from '@threadstore/core';
import type { ListPosition, ThreadQuery } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { Params } from '../params.ts';
import { storedThread, threadColumns } from '../stored-thread.ts';

/**
 * The threads of a page, and one more where there are more.
 *
 * One statement, put together from fixed parts: the planner uses the index of an order only if the order stands in the text.
 * The page is read along that index from where the one before ended, and what else is filtered is filtered on the way; the
 * index of directories takes over where few threads are in them. With 100,000 threads a page takes 2 ms, also of a directory
 * that has 100 of them, and 60 to 100 ms with a search term that none has.
 */
export async function listThreads(
  query: RunQuery,
  tenant: string,
  list: ThreadQuery,
  among: readonly ThreadId[] | null = null,
): Promise<readonly StoredThread[]> {
  if (list.cwds?.length === 0) return [];
  const { text, params } = listStatement(tenant, list, among);
  const rows = await query(text, params.values);
  return rows.map(storedThread);
}

/** The statement and its parameters; tests explain it. `among`: which threads come into question, `null` for all. */
export function listStatement(
  tenant: string,
  list: ThreadQuery,
  among: readonly ThreadId[] | null = null,
): { readonly text: string; readonly params: Params } {
  const params = new Params();
  const owner = params.add(tenant);
  const { head, from, conditions } = related(list.relation, owner, params);
  const filters = [
    `threads.tenant = ${owner}`,
    'threads.materialized',
    list.archived ? 'threads.archived_at is not null' : 'threads.archived_at is null',
    ...conditions,
    ...(among === null ? [] : [`threads.thread_id = any(${params.add(among)}::uuid[])`]),
    ...(list.after === null ? [] : [pastPosition(list, list.after, params)]),
    ...(list.sources === null ? [] : [`source = any(${params.add(list.sources)}::text[])`]),
    ...(list.modelProviders === null ? [] : [`model_provider = any(${params.add(list.modelProviders)}::text[])`]),
    ...(list.cwds === null ? [] : inDirectory(list.cwds, params)),
    ...(list.searchTerm === null ? [] : [holdsTerm(params.add(list.searchTerm))]),
  ];
  const { sortKey, sortDirection } = list;
  const text = `
    ${head}
    select ${threadColumns}
    from ${from}
    where ${filters.join(' and ')}
    order by threads.${sortKey} ${sortDirection}, threads.thread_id ${sortDirection}
    limit ${params.add(`${list.pageSize + 1}`)}`;
  return { text, params };
}

function pastPosition(
  { sortKey, sortDirection }: ThreadQuery,
  { time, threadId }: ListPosition,
  params: Params,
): string {
  const sign = sortDirection === 'asc' ? '>' : '<';
  const at = `${params.add(timeText(time))}::timestamptz`;
  if (threadId === null) return `threads.${sortKey} ${sign} ${at}`;
  return `(threads.${sortKey}, threads.thread_id) ${sign} (${at}, ${params.add(threadId)}::uuid)`;
}

/** The bytes of the longest path that the index of directories has. */
const indexedBytesMax = 1_024;

function inDirectory(cwds: readonly string[], params: Params): readonly string[] {
  const filter = `cwd = any(${params.add(cwds)}::text[])`;
  const isIndexed = cwds.every((cwd) => Buffer.byteLength(cwd) <= indexedBytesMax);
  return isIndexed ? [filter, `octet_length(cwd) <= ${indexedBytesMax}`] : [filter];
}

/** A literal part of a text, upper and lower case being different. */
function holdsTerm(term: string): string {
  return `(strpos(name, ${term}) > 0 or strpos(title, ${term}) > 0 or strpos(preview, ${term}) > 0)`;
}

interface Related {
  readonly head: string;
  readonly from: string;
  readonly conditions: readonly string[];
}

/**
 * Where the threads are taken from. The walk to descendants ends also where parents form a ring: `union` drops what was found
 * before. `offset 0` keeps both steps keyed reads, so that the walk costs what it finds; the planner can't know how much that
 * is, and would sometimes rather read all threads of the tenant that have a parent.
 */
function related(relation: ThreadRelation | null, owner: string, params: Params): Related {
  const from = 'threadstore.threads as threads';
  if (relation === null) return { head: '', from, conditions: [] };
  const naming = (column: string, threadId: ThreadId): Related => {
    const named = `${params.add(threadId)}::uuid`;
    return { head: '', from, conditions: [`threads.${column} = ${named}`, `threads.thread_id <> ${named}`] };
  };
  if ('directChildrenOf' in relation) return naming('parent_thread_id', relation.directChildrenOf);
  if ('forksOf' in relation) return naming('forked_from_id', relation.forksOf);
  const top = `${params.add(relation.descendantsOf)}::uuid`;
  const head = `with recursive below (id) as (
      select thread_id from threadstore.threads
      where tenant = ${owner} and parent_thread_id = ${top} and materialized
      union
      select child.thread_id
      from below cross join lateral (
        select thread_id from threadstore.threads
        where tenant = ${owner} and parent_thread_id = below.id and materialized offset 0
      ) as child
    )`;
  const rows = `below cross join lateral (
      select * from threadstore.threads where tenant = ${owner} and thread_id = below.id offset 0
    ) as threads`;
  return { head, from: rows, conditions: [`threads.thread_id <> ${top}`] };
}

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** A cursor may name any time, Postgres can't read them all. Threads have times in the years 1 to 9999. */
function timeText(time: Date): string {
  if (time.getTime() < earliest) return '-infinity';
  return time.getTime() > latest ? 'infinity' : time.toISOString();
}
