import type { SortDirection } from '@threadstore/core';
import type { RunQuery } from '../database.ts';
import { integer } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';
import type { OrdinalRange } from './list-items.ts';

/** The hidden range that the start may be in, and those after it, either way. */
export function hiddenStatement(direction: SortDirection): string {
  return direction === 'asc'
    ? `
  (
    select from_ordinal, until_ordinal
    from threadstore.hidden_items
    where tenant = $1 and thread_id = $2 and from_ordinal <= $3::bigint
    order by from_ordinal desc
    limit 1
  )
  union all
  (
    select from_ordinal, until_ordinal
    from threadstore.hidden_items
    where tenant = $1 and thread_id = $2 and from_ordinal > $3::bigint and from_ordinal < $4::bigint
    order by from_ordinal
    limit $5::bigint
  )`
    : `
  select from_ordinal, until_ordinal
  from threadstore.hidden_items
  where tenant = $1 and thread_id = $2 and from_ordinal < $4::bigint and until_ordinal > $3::bigint
  order by from_ordinal desc
  limit $5::bigint`;
}

/** What of a thread is asked for: so many ordinals of a range, from its start or from its end. */
export interface OrdinalsWanted {
  readonly range: OrdinalRange;
  readonly direction: SortDirection;
  readonly count: number;
}

/**
 * Ordinals that no rollback hides, in the direction asked for. Ordinals have no gaps, and between two hidden ranges at least one is
 * visible: so many ranges, and the one at the start, are enough to find so many, and no item has to be looked at.
 */
export async function visibleOrdinals(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  { range, direction, count }: OrdinalsWanted,
): Promise<readonly bigint[]> {
  if (range.from >= range.until) return [];
  const params = [tenant, threadId, `${range.from}`, `${range.until}`, `${count + 1}`];
  const rows = await query(hiddenStatement(direction), params);
  const hidden = rows
    .map((row) => ({ from: integer(row, 'from_ordinal'), until: integer(row, 'until_ordinal') }))
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
  return direction === 'asc' ? ascending(range, hidden, count) : descending(range, hidden.toReversed(), count);
}

function ascending(range: OrdinalRange, hidden: readonly OrdinalRange[], count: number): readonly bigint[] {
  const ordinals: bigint[] = [];
  let next = range.from;
  for (const { from, until } of [...hidden, { from: range.until, until: range.until }]) {
    for (; next < from && next < range.until && ordinals.length < count; next += 1n) ordinals.push(next);
    if (until > next) next = until;
  }
  return ordinals;
}

function descending(range: OrdinalRange, hidden: readonly OrdinalRange[], count: number): readonly bigint[] {
  const ordinals: bigint[] = [];
  let next = range.until - 1n;
  for (const { from, until } of [...hidden, { from: range.from, until: range.from }]) {
    for (; next >= until && next >= range.from && ordinals.length < count; next -= 1n) ordinals.push(next);
    if (from <= next) next = from - 1n;
  }
  return ordinals;
}
