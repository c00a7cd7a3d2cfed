import type { Limits, PlacedItem, SortDirection, Turn, TurnItemsView, TurnPage } from '@threadstore/core';
import {
  limitExceeded,
  type OrdinalPosition,
  pageCursors,
  summaryOrdinals,
  threadDeleted,
  turnOf,
  type TurnRecord,
  type TurnsQuery,
} from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import { integer, text } from '../row.ts';
import type { CatchUpContext } from '../thread-index/catch-up.ts';
import { turnColumns, turnRecord } from '../thread-index/turn-rows.ts';
import type { ThreadKey } from '../thread-key.ts';
import { indexedUntil } from './indexed-thread.ts';
import { type FoundItem, readPlaced } from './placed-items.ts';

/** Up to so many turns are measured at once, of which a page may then show the first alone. */
const measuredAtOnce = 16;

export async function listTurns(
  database: Database,
  key: ThreadKey,
  page: TurnsQuery,
  context: CatchUpContext & { readonly limits: Limits },
): Promise<TurnPage> {
  const end = await indexedUntil(database, key, page.includeArchived, context);
  const { query } = database;
  const found = await readTurns(query, key, page, end);
  const records = found.slice(0, page.pageSize);
  const turns = await withItems(query, key, { records, end, view: page.view, limits: context.limits });
  const first = turns[0];
  const last = turns.at(-1);
  const ends =
    first === undefined || last === undefined
      ? null
      : { first: first.firstOrdinal, last: last.firstOrdinal, more: found.length > turns.length };
  return { turns, ...pageCursors(page.scope, ends) };
}

/** `$3` is how many, `$4` where the thread ends, `$5` where the page begins. */
export function turnsStatement(direction: SortDirection, from: OrdinalPosition | null): string {
  const sign = `${direction === 'asc' ? '>' : '<'}${from?.inclusive === true ? '=' : ''}`;
  return `
  select ${turnColumns}
  from threadstore.turns
  where tenant = $1 and thread_id = $2 and first_ordinal < $4::bigint${from === null ? '' : ` and first_ordinal ${sign} $5::bigint`}
  order by first_ordinal ${direction}
  limit $3::bigint`;
}

/** Those of a page, and one more where there are more. */
async function readTurns(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  { sortDirection, from, pageSize }: TurnsQuery,
  end: bigint,
): Promise<readonly TurnRecord[]> {
  const params = [tenant, threadId, `${pageSize + 1}`, `${end}`, ...(from === null ? [] : [`${from.ordinal}`])];
  return (await query(turnsStatement(sortDirection, from), params)).map(turnRecord);
}

interface TurnsToFill {
  readonly records: readonly TurnRecord[];
  /** Where the open turn ends for now. */
  readonly end: bigint;
  readonly view: TurnItemsView;
  readonly limits: Limits;
}

/** As many of the turns, from the first on, as a page has room for. */
async function withItems(query: RunQuery, key: ThreadKey, fill: TurnsToFill): Promise<readonly Turn[]> {
  switch (fill.view) {
    case 'notLoaded':
      return fill.records.map((record) => turnOf(record, 'notLoaded', []));
    case 'summary':
      return withSummaries(query, key, fill);
    case 'full':
      return withAllItems(query, key, fill);
  }
}

async function withSummaries(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  { records, limits }: TurnsToFill,
): Promise<readonly Turn[]> {
  const places = records.flatMap((record) => summaryOrdinals(record).map((ordinal) => ({ threadId, ordinal })));
  const found = await readPlaced(query, tenant, places, limits.pageBytesMax);
  const turns: Turn[] = [];
  let next = 0;
  for (const record of records) {
    const ordinals = summaryOrdinals(record);
    let mine: readonly (FoundItem | undefined)[] = found.slice(next, next + ordinals.length);
    next += ordinals.length;
    const isCut = mine.some((item) => item?.json === null);
    if (isCut && turns.length > 0) break;
    // The first comes whole: two items at most.
    if (isCut) mine = await readPlaced(query, tenant, places.slice(0, next), Number.MAX_SAFE_INTEGER);
    const items = ordinals.map((ordinal, index): PlacedItem => {
      const json = mine[index]?.json ?? null;
      if (json === null) throw threadDeleted(threadId);
      return { ordinal, turnId: record.turnId, json };
    });
    turns.push(turnOf(record, 'summary', items));
    if (isCut) break;
  }
  return turns;
}

/** The items of a turn: those that stand in it and name no other, and those that name it. */
const itemsOfTurn = `
  select item.ordinal, item.body
  from threadstore.items as item
  where tenant = $1 and thread_id = $2 and ordinal >= turn.first_ordinal and ordinal < turn.end_ordinal
    and not exists (
      select from threadstore.late_items where tenant = $1 and thread_id = $2 and ordinal = item.ordinal offset 0
    )
  union all
  select late.ordinal, item.body
  from threadstore.late_items as late
  cross join lateral (
    select body from threadstore.items where tenant = $1 and thread_id = $2 and ordinal = late.ordinal offset 0
  ) as item
  where late.tenant || '' = $1 and late.thread_id = $2 and late.first_ordinal = turn.first_ordinal`;

const givenTurns = 'unnest($3::bigint[], $4::bigint[]) with ordinality as turn (first_ordinal, end_ordinal, number)';

export const sizesStatement = `
  select measured.bytes
  from ${givenTurns}
  cross join lateral (select coalesce(sum(octet_length(body)), 0) as bytes from (${itemsOfTurn}) as item) as measured
  order by number`;

export const itemsOfTurnsStatement = `
  select number, item.ordinal, item.body
  from ${givenTurns}
  cross join lateral (${itemsOfTurn}) as item
  order by number, item.ordinal`;

async function withAllItems(
  query: RunQuery,
  key: ThreadKey,
  { records, end, limits }: TurnsToFill,
): Promise<readonly Turn[]> {
  const fitting = await fittingTurns(query, key, { records, end, limits });
  const rows = await query(itemsOfTurnsStatement, turnParams(key, fitting, end));
  const items = fitting.map((): PlacedItem[] => []);
  for (const row of rows) {
    const index = Number(row['number']) - 1;
    const turnId = fitting[index]?.turnId ?? null;
    items[index]?.push({ ordinal: integer(row, 'ordinal'), turnId, json: text(row, 'body') });
  }
  return fitting.map((record, index) => turnOf(record, 'full', items[index] ?? []));
}

async function fittingTurns(
  query: RunQuery,
  key: ThreadKey,
  { records, end, limits }: Pick<TurnsToFill, 'records' | 'end' | 'limits'>,
): Promise<readonly TurnRecord[]> {
  const fitting: TurnRecord[] = [];
  let total = 0;
  for (let start = 0; start < records.length; start += measuredAtOnce) {
    const some = records.slice(start, start + measuredAtOnce);
    const rows = await query(sizesStatement, turnParams(key, some, end));
    for (const [index, record] of some.entries()) {
      const bytes = Number(rows[index]?.['bytes']);
      total += bytes;
      const isFirst = fitting.length === 0;
      if (bytes > limits.turnBytesMax && isFirst)
        throw limitExceeded({ field: 'itemsView', limit: 'turnBytesMax', max: limits.turnBytesMax, got: bytes });
      if (!isFirst && (total > limits.pageBytesMax || bytes > limits.turnBytesMax)) return fitting;
      fitting.push(record);
    }
  }
  return fitting;
}

function turnParams(
  { tenant, threadId }: ThreadKey,
  turns: readonly TurnRecord[],
  end: bigint,
): readonly [string, string, readonly string[], readonly string[]] {
  const starts = turns.map(({ firstOrdinal }) => `${firstOrdinal}`);
  return [tenant, threadId, starts, turns.map(({ endOrdinal }) => `${endOrdinal ?? end}`)];
}
