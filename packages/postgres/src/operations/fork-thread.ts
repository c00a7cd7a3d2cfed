import type { WriterGrant } from '@threadstore/core';
import type { CheckedFork } from '@threadstore/core/internal';
import type { Database } from '../database.ts';
import { metadataColumns } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { flag } from '../row.ts';
import { leaseColumns } from '../stored-thread.ts';
import type { AppendIndex } from '../thread-index/append-index.ts';
import { noteMessages } from '../thread-index/messages-behind.ts';
import { turnColumns } from '../thread-index/turn-rows.ts';
import type { ThreadKey } from '../thread-key.ts';
import type { ForkExtent } from './fork-extent.ts';
import { givenColumns, orReplaceGivenUp, refuseTaken } from './new-thread.ts';
import { readThreadState, seenByReaders, untilSettled } from './thread-state.ts';
import { writerGrant } from './writer-grant.ts';

export interface ForkContext {
  readonly tenant: string;
  readonly leaseDurationMs: number;
  readonly index: AppendIndex;
}

/** A million items take seconds. */
const statementTimeoutMs = 5 * 60_000;

/**
 * Makes the fork in one statement, so from one snapshot, and without a lock on the source: what others do to it meanwhile is either in
 * the snapshot as a whole or not at all. The source only grows, so a fork point that was found before holds still; where it is gone, the
 * statement finds nothing to do. It is a transaction only for the sake of its time limit.
 */
export async function forkThread(
  database: Database,
  fork: CheckedFork,
  extent: ForkExtent,
  { tenant, leaseDurationMs, index }: ForkContext,
): Promise<WriterGrant> {
  const key = { tenant, threadId: fork.create.threadId };
  const source = { tenant, threadId: fork.source.threadId };
  const { text, params } = forkStatement(key, fork, extent, leaseDurationMs);
  const { grant, indexed } = await database.transaction(
    ({ query }) =>
      untilSettled(async () => {
        const [row] = await query(text, params.values);
        if (row !== undefined) return { grant: writerGrant(key, row), indexed: flag(row, 'indexed') };
        seenByReaders(await readThreadState(query, source), source, fork.source.includeArchived);
        return refuseTaken(query, key);
      }),
    { statementTimeoutMs },
  );
  if (grant.nextOrdinal > 0n) index.messagesNoted();
  if (!indexed) index.left(key.threadId);
  return grant;
}

const isAll = 'source.copied = source.next_ordinal';

/** What a fork begins with, column by column, in the terms of its source: what `inheritedMetadata` of core says. */
const inherited = (hasUserMessage: boolean): ReadonlyMap<string, string> => {
  const asked = `(${isAll} or ${hasUserMessage})`;
  return new Map<string, string>([
    ...metadataColumns.map((column) => [column, `source.${column}`] as const),
    ['name', 'null'],
    ['title', `case when ${asked} then source.title end`],
    ['preview', `case when ${asked} then source.preview else '' end`],
    ['first_user_message', `case when ${asked} then source.first_user_message end`],
    ['token_usage', `case when ${isAll} then source.token_usage else 'null' end`],
    ['created_at', 'now()'],
    ['updated_at', 'now()'],
    ['recency_at', 'now()'],
  ]);
};

/** A row of each of these belongs to one thread alone, and says the same of a copy of all its items. */
const copiedIndexes = [
  ['turns', turnColumns],
  ['late_items', 'ordinal, first_ordinal'],
  ['hidden_items', 'from_ordinal, until_ordinal'],
] as const;

/**
 * The statement and its parameters; tests explain it.
 *
 * Copied items are of no writer's batch: epoch 0 was never granted, and no batch has the sequence -1. Both are below those of all
 * that is appended later, so that batches are still found by halving.
 *
 * A fork of all items has the index of its source, as far as that goes. Of the others the index is behind from the start: a turn's row
 * tells how the turn went on. `offset 0` keeps the reads of the source's rows by key, whatever the planner thinks of the tables and
 * their other indexes.
 */
export function forkStatement(
  key: ThreadKey,
  { source, create }: CheckedFork,
  { until, hasUserMessage }: ForkExtent,
  leaseDurationMs: number,
): { readonly text: string; readonly params: Params } {
  const params = new Params();
  const tenant = params.add(key.tenant);
  const from = `tenant = ${tenant} and thread_id = ${params.add(source.threadId)}::uuid`;
  const includeArchived = params.add(`${source.includeArchived}`);
  const cut = params.add(until === null ? null : `${until}`);
  const duration = params.add(`${leaseDurationMs}`);
  const values = new Map([
    ...inherited(hasUserMessage),
    ...givenColumns(key, create).map(([column, value]) => [column, params.add(value)] as const),
    ['lease_since', 'now()'],
    ['lease_until', `now() + ${duration}::bigint * interval '1 millisecond'`],
    ...beginning,
  ]);
  const copies = copiedIndexes.map(
    ([table, columns]) => `${table} as (
      insert into threadstore.${table} (tenant, thread_id, ${columns})
      select ${tenant}, forked.thread_id, ${columns.replaceAll(/\w+/g, 'entry.$&')}
      from forked join source on ${isAll}
      cross join lateral (select ${columns} from threadstore.${table} where ${from} offset 0) as entry
    )`,
  );
  const text = `
    with source as materialized (
      select *, least(next_ordinal, ${cut}::bigint) as copied
      from (select * from threadstore.threads where ${from} offset 0) as threads
      where materialized and (${includeArchived}::boolean or archived_at is null)
    ), forked as (
      insert into threadstore.threads as threads (${[...values.keys()].join(', ')})
      select ${[...values.values()].join(', ')} from source
      ${orReplaceGivenUp([...beginning.keys()])}
      returning thread_id, writer_epoch, next_ordinal, ${leaseColumns}, index_from is null as indexed
    ), stored as (
      insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
      select ${tenant}, forked.thread_id, item.ordinal, 0, -1, item.body
      from forked
      cross join lateral (
        select ordinal, body from threadstore.items where ${from} and ordinal < forked.next_ordinal offset 0
      ) as item
    ), ${copies.join(', ')}, noted as (
      ${noteMessages(`select ${tenant}, thread_id, 0, next_ordinal from forked where next_ordinal > 0`)}
    )
    select * from forked`;
  return { text, params };
}

/** What other new threads get later, if at all. */
const beginning: ReadonlyMap<string, string> = new Map([
  ['next_ordinal', 'source.copied'],
  ['materialized', 'true'],
  ['index_from', `case when ${isAll} then source.index_from when source.copied > 0 then 0 end`],
]);
