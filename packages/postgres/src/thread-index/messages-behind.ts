import type { ThreadId } from '@threadstore/core';
import type { RunQuery } from '../database.ts';
import { integer, text } from '../row.ts';

/**
 * Notes that the messages of some items are to be written, for a statement that stores these items. `rows` selects tenant, thread, first
 * ordinal, and the ordinal after the last.
 */
export function noteMessages(rows: string): string {
  return `insert into threadstore.messages_behind as noted (tenant, thread_id, from_ordinal, until_ordinal)
    ${rows}
    on conflict (tenant, thread_id) do update set until_ordinal = excluded.until_ordinal`;
}

/** A thread whose messages are not all written: the items from one ordinal to another. */
export interface MessageNote {
  readonly threadId: ThreadId;
  readonly from: bigint;
  readonly until: bigint;
  readonly number: bigint;
}

const read = `
  select thread_id, from_ordinal, until_ordinal, note
  from threadstore.messages_behind
  where tenant = $1 and ($2::uuid is null or thread_id = $2::uuid)
  limit $3::bigint`;

/** Of one thread, or of any where that is null. */
export async function readNotes(
  query: RunQuery,
  tenant: string,
  threadId: ThreadId | null,
  max: number,
): Promise<readonly MessageNote[]> {
  const rows = await query(read, [tenant, threadId, `${max}`]);
  return rows.map((row) => ({
    threadId: text(row, 'thread_id'),
    from: integer(row, 'from_ordinal'),
    until: integer(row, 'until_ordinal'),
    number: integer(row, 'note'),
  }));
}

/**
 * One statement, and no lock beyond it: an append that adds to a note waits for it, with all threads of its group. It waits for no append
 * either, which could wait for another note. A note that is left stands for work that is done again, to no effect.
 */
const settle = `
  with locked as (
    select noted.thread_id, done.until_ordinal as done_until, noted.until_ordinal <= done.until_ordinal as is_done
    from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) as done (thread_id, from_ordinal, until_ordinal, note)
    join threadstore.messages_behind as noted on noted.tenant = $1 and noted.thread_id = done.thread_id
    where noted.note = done.note and noted.from_ordinal = done.from_ordinal
    for update of noted skip locked
  ), done as (
    delete from threadstore.messages_behind as noted using locked
    where noted.tenant = $1 and noted.thread_id = locked.thread_id and locked.is_done
  )
  update threadstore.messages_behind as noted set from_ordinal = locked.done_until from locked
  where noted.tenant = $1 and noted.thread_id = locked.thread_id and not locked.is_done`;

/** Says up to where (`until`) messages of these notes are written. What was noted meanwhile stays. */
export async function settleNotes(query: RunQuery, tenant: string, done: readonly MessageNote[]): Promise<void> {
  await query(settle, [
    tenant,
    done.map(({ threadId }) => threadId),
    done.map(({ from }) => `${from}`),
    done.map(({ until }) => `${until}`),
    done.map(({ number }) => `${number}`),
  ]);
}
