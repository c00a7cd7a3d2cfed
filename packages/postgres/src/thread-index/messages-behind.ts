/**
 * Notes that the messages of some items are to be written, for a statement that stores these items. `rows` selects tenant, thread, first
 * ordinal, and the ordinal after the last.
 */
export function noteMessages(rows: string): string {
  return `insert into threadstore.messages_behind as noted (tenant, thread_id, from_ordinal, until_ordinal)
    ${rows}
    on conflict (tenant, thread_id) do update set until_ordinal = excluded.until_ordinal`;
}

/** Threads of a tenant that have messages to write. */
export const notedStatement = `
  select thread_id from threadstore.messages_behind where tenant = $1 limit $2::bigint`;

export const behindStatement = `
  select thread_id, from_ordinal, until_ordinal
  from threadstore.messages_behind
  where tenant = $1 and thread_id = any($2::uuid[])`;

/**
 * Takes threads off, or moves them on, whose messages were written. Never waits: an append may hold a note, and wait for another one. What
 * is left noted is written again, to no effect.
 */
export const settleStatements = [
  'delete from threadstore.messages_behind as noted using locked',
  'update threadstore.messages_behind as noted set from_ordinal = locked.done_until from locked',
].map(
  (change, index) => `
  with locked as (
    select noted.thread_id, done.until_ordinal as done_until
    from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as done (thread_id, from_ordinal, until_ordinal)
    join threadstore.messages_behind as noted on noted.tenant = $1 and noted.thread_id = done.thread_id
    where noted.from_ordinal = done.from_ordinal and noted.until_ordinal ${index === 0 ? '<=' : '>'} done.until_ordinal
    for update of noted skip locked
  )
  ${change}
  where noted.tenant = $1 and noted.thread_id = locked.thread_id`,
);
