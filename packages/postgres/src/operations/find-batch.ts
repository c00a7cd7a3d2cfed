import type { CheckedAppend } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { flag, integer } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';
import { stateColumns, threadState, type ThreadState } from './thread-state.ts';

export interface FoundBatch {
  readonly state: ThreadState;
  /** Where the batch of that epoch and sequence is, or null if there is none. */
  readonly place: { readonly firstOrdinal: bigint; readonly sameItems: boolean } | null;
}

const statement = `
  with recursive head as (
    select next_ordinal, ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = $2
  ), search (low, high) as (
    select 0::bigint, next_ordinal from head
    union all
    select case when probe.earlier then span.middle + 1 else span.low end, case when probe.earlier then span.high else span.middle end
    from (select low, high, (low + high) / 2 as middle from search where low < high) as span
    cross join lateral (
      select (epoch, sequence) < ($3::bigint, $4::bigint) as earlier
      from threadstore.items
      where tenant = $1 and thread_id = $2 and ordinal = span.middle
      offset 0
    ) as probe
  ), place as (
    select low as first_ordinal from search where low = high
  ), stored as (
    select count(*) as items, count(*) = cardinality($5::text[]) and bool_and(item.body = given.body) as same_items
    from place
    cross join lateral (
      select ordinal, body
      from threadstore.items
      where tenant = $1 and thread_id = $2
        and ordinal >= place.first_ordinal and ordinal <= place.first_ordinal + cardinality($5::text[])
        and epoch = $3::bigint and sequence = $4::bigint
      offset 0
    ) as item
    left join unnest($5::text[]) with ordinality as given (body, number)
      on given.number = item.ordinal - place.first_ordinal + 1
  )
  select head.*, place.first_ordinal, stored.items > 0 as found, coalesce(stored.same_items, false) as same_items
  from head cross join place cross join stored`;

/**
 * Looks a batch up, and reads the thread's state in the same snapshot; null for a thread without a row. Items carry their
 * batch's epoch and sequence, and neither grows smaller along the ordinals: the batch is found by halving, with one keyed read for
 * each halving (20 of them in a thread of a million items) and no index besides the primary key. The texts are compared in the
 * database, one item beyond those given included.
 *
 * `offset 0` keeps the probes keyed reads. Without it the planner, where it knows little of the tables yet, reads the whole
 * thread for each (35 ms for a duplicate among 8,000 items, against 2 ms).
 */
export async function findBatch(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  { epoch, sequence, items }: CheckedAppend,
): Promise<FoundBatch | null> {
  const [row] = await query(statement, [tenant, threadId, `${epoch}`, `${sequence}`, items]);
  if (row === undefined) return null;
  const place = { firstOrdinal: integer(row, 'first_ordinal'), sameItems: flag(row, 'same_items') };
  return { state: threadState(row), place: flag(row, 'found') ? place : null };
}

/**
 * Writes to the thread's row what is there already. With a synchronous standby the commit of that waits until the standby has
 * everything before it, the batch included; a mere read would answer at once, with a batch that a failover may still lose.
 * False when the thread has been deleted meanwhile.
 */
export async function confirmBatch(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<boolean> {
  const rows = await query(
    `update threadstore.threads set writer_seq = writer_seq
     where tenant = $1 and thread_id = $2 and deleted_at is null returning 1`,
    [tenant, threadId],
  );
  return rows.length > 0;
}
