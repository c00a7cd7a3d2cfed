import type { ItemPage, Limits, PlacedItem, SortDirection } from '@threadstore/core';
import { type ItemsQuery, pageCursors, threadDeleted } from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import { integer } from '../row.ts';
import type { CatchUpContext } from '../thread-index/catch-up.ts';
import { findTurn } from '../thread-index/find-turn.ts';
import type { ThreadKey } from '../thread-key.ts';
import { indexedUntil } from './indexed-thread.ts';
import { readPlaced } from './placed-items.ts';
import { visibleOrdinals } from './visible-ordinals.ts';

/** Ordinals from one on and before the other. */
export interface OrdinalRange {
  readonly from: bigint;
  readonly until: bigint;
}

export async function listItems(
  database: Database,
  key: ThreadKey,
  page: ItemsQuery,
  context: CatchUpContext & { readonly limits: Limits },
): Promise<ItemPage> {
  const end = await indexedUntil(database, key, page.includeArchived, context);
  const { query } = database;
  const range = rangeOf(page, { from: 0n, until: end });
  const ordinals =
    page.turnId === null
      ? await visibleOrdinals(query, key, { range, direction: page.sortDirection, count: page.pageSize + 1 })
      : await ordinalsOfTurn(query, key, page.turnId, { range, page });
  const shown = ordinals.slice(0, page.pageSize).map((ordinal) => ({ threadId: key.threadId, ordinal }));
  const found = await readPlaced(query, key.tenant, shown, context.limits.pageBytesMax);
  const items: PlacedItem[] = [];
  for (const [index, { ordinal }] of shown.entries()) {
    const item = found[index];
    if (item === undefined) throw threadDeleted(key.threadId);
    if (item.json === null) break;
    items.push({ ordinal, turnId: item.turnId, json: item.json });
  }
  const first = items[0];
  const last = items.at(-1);
  const ends =
    first === undefined || last === undefined
      ? null
      : { first: first.ordinal, last: last.ordinal, more: ordinals.length > items.length };
  return { items, ...pageCursors(page.scope, ends) };
}

/** What of a range a page may show, by where it begins. */
function rangeOf({ from, sortDirection }: ItemsQuery, { from: start, until }: OrdinalRange): OrdinalRange {
  if (from === null) return { from: start, until };
  const { ordinal, inclusive } = from;
  if (sortDirection === 'asc') return { from: inclusive ? ordinal : ordinal + 1n, until };
  const before = inclusive ? ordinal + 1n : ordinal;
  return { from: start, until: before < until ? before : until };
}

/** Those that stand in the turn and name no other, and those that name it. `offset 0` keeps it from being one join of all of them. */
export function turnItemsStatement(direction: SortDirection): string {
  return `
  select ordinal
  from (
    (
      select ordinal
      from threadstore.items as item
      where tenant = $1 and thread_id = $2 and ordinal >= greatest($3::bigint, $5::bigint) and ordinal < least($4::bigint, $6::bigint)
        and not exists (
          select from threadstore.late_items where tenant = $1 and thread_id = $2 and ordinal = item.ordinal offset 0
        )
      order by ordinal ${direction}
      limit $7::bigint
    )
    union all
    (
      select ordinal
      from threadstore.late_items
      where tenant || '' = $1 and thread_id = $2 and first_ordinal = $3::bigint and ordinal >= $5::bigint and ordinal < $6::bigint
      order by ordinal ${direction}
      limit $7::bigint
    )
  ) as item
  order by ordinal ${direction}
  limit $7::bigint`;
}

async function ordinalsOfTurn(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  turnId: string,
  { range, page }: { readonly range: OrdinalRange; readonly page: ItemsQuery },
): Promise<readonly bigint[]> {
  const turn = await findTurn(query, { tenant, threadId }, turnId);
  if (turn === undefined) return [];
  const { firstOrdinal, endOrdinal } = turn;
  const places = [firstOrdinal, endOrdinal ?? range.until, range.from, range.until, BigInt(page.pageSize + 1)];
  const params = [tenant, threadId, ...places.map((place) => `${place}`)];
  return (await query(turnItemsStatement(page.sortDirection), params)).map((found) => integer(found, 'ordinal'));
}
