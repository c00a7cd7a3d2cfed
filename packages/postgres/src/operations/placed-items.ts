import type { ThreadId } from '@threadstore/core';
import { prepared, type RunQuery } from '../database.ts';
import { textOrNull } from '../row.ts';

/** An item by its place. */
export interface ItemPlace {
  readonly threadId: ThreadId;
  readonly ordinal: bigint;
}

export interface FoundItem {
  /** `null` when it and those asked for before it are more than was wanted. */
  readonly json: string | null;
  readonly turnId: string | null;
}

/**
 * Items of any threads with the turns that they belong to: the one that they name, else the one that they stand in. All by key, with
 * `offset 0` so that it stays that way. The first has its text always, the others as long as all up to them are not too much.
 */
export const placedStatement = prepared(`
  with asked as (
    select * from unnest($2::uuid[], $3::bigint[]) with ordinality as asked (thread_id, ordinal, number)
  ), found as (
    select asked.*, item.body, sum(octet_length(item.body)) over (order by number rows unbounded preceding) as bytes,
      row_number() over (order by number) as place
    from asked
    cross join lateral (
      select body from threadstore.items where tenant = $1 and thread_id = asked.thread_id and ordinal = asked.ordinal offset 0
    ) as item
  )
  select found.number, case when found.bytes <= $4::bigint or found.place = 1 then found.body end as body, turn.turn_id
  from found
  left join lateral (
    select first_ordinal
    from threadstore.late_items
    where tenant = $1 and thread_id = found.thread_id and ordinal = found.ordinal
    offset 0
  ) as late on true
  left join lateral (
    select turn_id, end_ordinal
    from threadstore.turns
    where tenant = $1 and thread_id = found.thread_id and first_ordinal <= coalesce(late.first_ordinal, found.ordinal)
    order by first_ordinal desc
    limit 1
  ) as turn on late.first_ordinal is not null or turn.end_ordinal is null or turn.end_ordinal > found.ordinal
  order by found.number`);

/** One for each place, in the same order; undefined where there is nothing (any more). */
export async function readPlaced(
  query: RunQuery,
  tenant: string,
  places: readonly ItemPlace[],
  bytesMax: number,
): Promise<readonly (FoundItem | undefined)[]> {
  const found: (FoundItem | undefined)[] = places.map(() => undefined);
  if (places.length === 0) return found;
  const rows = await query(placedStatement, [
    tenant,
    places.map(({ threadId }) => threadId),
    places.map(({ ordinal }) => `${ordinal}`),
    `${bytesMax}`,
  ]);
  for (const row of rows) {
    found[Number(row['number']) - 1] = { json: textOrNull(row, 'body'), turnId: textOrNull(row, 'turn_id') };
  }
  return found;
}
