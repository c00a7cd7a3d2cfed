import type { ThreadId } from '@threadstore/core';
import type { RunQuery } from '../database.ts';
import { flag, text } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';

/** Threads whose rows one statement locks, for some ten milliseconds. */
export const threadsAtOnce = 500;

/** A grant to nobody. A lease that runs ends, and stays to be seen: it was not given back. */
const grantNobody = `
  writer_epoch = $3::bigint, writer_seq = 0,
  lease_until = case when lease_until > now() then date_trunc('milliseconds', now()) else lease_until end`;

const isBelow = 'deleted_at is null and writer_epoch < $3::bigint';

// Rows that somebody else has locked, or has changed meanwhile, are left out. The second limit limits nothing, but lets the planner expect
// few rows, for which it goes to their places. See `appendRuns`.
export const fencePageStatement = `
  with page as materialized (
    select thread_id, ${isBelow} as below
    from threadstore.threads
    where tenant = $1 and thread_id > $2::uuid
    order by thread_id
    limit ${threadsAtOnce}
  ), free as materialized (
    select thread.place
    from page
    cross join lateral (
      select ctid as place from threadstore.threads where tenant = $1 and thread_id = page.thread_id for no key update skip locked
    ) as thread
    where page.below
    limit (select count(*) from page)
  ), fenced as (
    update threadstore.threads as threads
    set ${grantNobody}
    from free
    where threads.ctid = free.place and ${isBelow}
    returning threads.thread_id
  )
  select page.thread_id, page.below, fenced.thread_id is not null as fenced
  from page
  left join fenced on fenced.thread_id = page.thread_id
  order by page.thread_id`;

const fenceOne = `
  update threadstore.threads set ${grantNobody} where tenant = $1 and thread_id = $2 and ${isBelow} returning 1`;

export interface FencedPage {
  /** After which thread the next page begins; undefined: there is none. */
  readonly last: ThreadId | undefined;
  readonly fenced: number;
  /** Those whose rows somebody else had. */
  readonly left: readonly ThreadId[];
}

/** Raises those of a tenant's next threads to the epoch that are below it, without a wait. */
export async function fencePage(
  query: RunQuery,
  { tenant, threadId: after }: ThreadKey,
  epoch: bigint,
): Promise<FencedPage> {
  const rows = await query(fencePageStatement, [tenant, after, `${epoch}`]);
  const left = rows.filter((row) => flag(row, 'below') && !flag(row, 'fenced')).map((row) => text(row, 'thread_id'));
  const fenced = rows.filter((row) => flag(row, 'fenced')).length;
  const last = rows.length < threadsAtOnce ? undefined : rows.at(-1);
  return { last: last && text(last, 'thread_id'), fenced, left };
}

/** One, whose row it waits for. Whether there was anything to raise still. */
export async function fenceThread(query: RunQuery, { tenant, threadId }: ThreadKey, epoch: bigint): Promise<boolean> {
  return (await query(fenceOne, [tenant, threadId, `${epoch}`])).length > 0;
}
