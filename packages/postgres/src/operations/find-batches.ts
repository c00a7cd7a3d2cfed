import type { CheckedWriterAppend } from '@threadstore/core/internal';
import { prepared, type RunQuery, TextArray } from '../database.ts';
import { flag, integer, textOrNull } from '../row.ts';
import { stateColumns, threadState, type ThreadState } from './thread-state.ts';

/** What there is of a batch, and of its thread at the same moment. */
export interface FoundBatch {
  /** Null: there is no such thread. */
  readonly state: ThreadState | null;
  /** Null: the batch isn't stored. */
  readonly place: { readonly firstOrdinal: bigint; readonly sameItems: boolean } | null;
}

/**
 * Items carry their batch's epoch and sequence, and neither grows smaller along the ordinals (an external item has those of the batch
 * before it): a batch is found by halving, with one keyed read for each halving (20 of them in a thread of a million items) and no
 * index besides the primary key. Only what may be stored already is searched for. The texts are compared in the database, one item
 * beyond those given included.
 *
 * Every read is a lateral with `offset 0`, which leaves the planner no choice but keyed ones, batch by batch. Where it knows little of
 * the tables yet it would read all of them (35 ms for a duplicate among 8,000 items, against 2 ms).
 *
 * Where something was found, the row of one of the threads is written again as it is. With a synchronous standby the commit of that
 * waits until the standby has everything before it, the batches found included; a mere read would answer at once, with batches that a
 * failover may still lose. A row that is locked is no use for it, since nothing here waits for anybody.
 */
export const findStatement = prepared(`
  with found as materialized (
    select given.number, given.id, thread.*, place.first_ordinal, stored.same_items
    from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::text[]) with ordinality
      as given (id, epoch, sequence, size, texts, number)
    left join lateral (
      select next_ordinal, ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = given.id offset 0
    ) as thread on true
    left join lateral (
      with recursive search (low, high) as (
        select 0::bigint, thread.next_ordinal
        where (given.epoch, given.sequence) < (thread.writer_epoch, thread.writer_seq)
        union all
        select case when probe.earlier then span.middle + 1 else span.low end, case when probe.earlier then span.high else span.middle end
        from (select low, high, (low + high) / 2 as middle from search where low < high) as span
        cross join lateral (
          select (items.epoch, items.sequence) < (given.epoch, given.sequence) as earlier
          from threadstore.items
          where tenant = $1 and thread_id = given.id and ordinal = span.middle
          offset 0
        ) as probe
      )
      select low as first_ordinal from search where low = high offset 0
    ) as place on true
    left join lateral (
      select string_agg(body, e'\\x01' order by ordinal) = given.texts as same_items
      from (
        select ordinal, body
        from threadstore.items
        where tenant = $1 and thread_id = given.id
          and ordinal >= place.first_ordinal and ordinal <= place.first_ordinal + given.size
          and epoch = given.epoch and sequence = given.sequence and not external
        offset 0
      ) as item
      offset 0
    ) as stored on true
  ), confirmed as (
    update threadstore.threads set writer_seq = writer_seq
    where tenant = $1 and thread_id = (
      select found.id
      from found
      cross join lateral (
        select from threadstore.threads where tenant = $1 and thread_id = found.id for no key update skip locked
      ) as free
      where found.same_items
      limit 1
    )
    returning 1
  )
  select found.*, exists (select from confirmed) as confirmed from found order by number`);

/** Stands between the items of a batch that are compared as one text. No JSON text has it. */
const separator = '\u0001';

/**
 * Finds any number of batches, of any threads, by one statement that waits for no lock. `confirmed`: whether those found with the same
 * items are as durable, once the statement is committed, as an append would have been.
 */
export async function findBatches(
  query: RunQuery,
  batches: readonly CheckedWriterAppend[],
  tenant: string,
): Promise<{ readonly found: readonly FoundBatch[]; readonly confirmed: boolean }> {
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes + batch.items.length - 1, 0);
  const rows = await query(findStatement, [
    tenant,
    batches.map(({ threadId }) => threadId),
    batches.map(({ epoch }) => `${epoch}`),
    batches.map(({ sequence }) => `${sequence}`),
    batches.map(({ items }) => `${items.length}`),
    new TextArray(
      batches.map(({ items }) => items.join(separator)),
      bytes,
    ),
  ]);
  const found = rows.map((row): FoundBatch => ({
    state: textOrNull(row, 'writer_epoch') === null ? null : threadState(row),
    place:
      textOrNull(row, 'same_items') === null
        ? null
        : { firstOrdinal: integer(row, 'first_ordinal'), sameItems: flag(row, 'same_items') },
  }));
  return { found, confirmed: rows.some((row) => flag(row, 'confirmed')) };
}
