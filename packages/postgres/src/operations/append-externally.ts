import type { AppendResult } from '@threadstore/core';
import { operationReused, threadArchived, type CheckedExternalAppend } from '@threadstore/core/internal';
import { type Database, type RunQuery, TextArray } from '../database.ts';
import { patchAssignments } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { flag, integer } from '../row.ts';
import { type AppendIndex, holdsEvents, holdsMessages } from '../thread-index/append-index.ts';
import { noteMessages } from '../thread-index/messages-behind.ts';
import type { ThreadKey } from '../thread-key.ts';
import { resultOf } from './append-items.ts';
import { lockThreadState, seenByAll } from './thread-state.ts';

const find = `
  select first_ordinal, item_count = cardinality($4::text[]) and not exists (
    select from unnest($4::text[]) with ordinality as given (body, number)
    left join threadstore.items as item
      on item.tenant = $1 and item.thread_id = $2::uuid and item.ordinal = append.first_ordinal + given.number - 1
    where item.body is distinct from given.body
  ) as same_items
  from threadstore.external_appends as append
  where tenant = $1 and thread_id = $2::uuid and operation_id = $3`;

const insert = `
  with items as (
    insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, external, body)
    select $1, $2::uuid, $4::bigint + batch.number - 1, $5::bigint, $6::bigint, true, batch.body
    from unnest($7::text[]) with ordinality as batch (body, number)
  )
  insert into threadstore.external_appends (tenant, thread_id, operation_id, first_ordinal, item_count)
  values ($1, $2::uuid, $3, $4::bigint, cardinality($7::text[]))`;

/**
 * Writes to the thread's row what is there already, so that with a synchronous standby the commit waits until the standby has the
 * batch that was found: a mere read would answer at once, with one that a failover may still lose.
 */
const confirm = 'update threadstore.threads set writer_seq = writer_seq where tenant = $1 and thread_id = $2';

/**
 * Appends a batch of somebody who is not the writer, in one transaction. The lock of the thread's row puts it between two batches of
 * the writer and keeps others with the same operation id waiting until this one is committed, so that they find it.
 */
export async function appendExternally(
  database: Database,
  key: ThreadKey,
  batch: CheckedExternalAppend,
  index: AppendIndex,
): Promise<AppendResult> {
  const { operationId, items, bytes } = batch;
  const appended = await database.transaction(async ({ query }) => {
    const { archived, epoch, nextSequence } = seenByAll(await lockThreadState(query, key), key);
    const texts = new TextArray(items, bytes);
    const [stored] = await query(find, [key.tenant, key.threadId, operationId, texts]);
    if (stored !== undefined) {
      if (!flag(stored, 'same_items')) throw operationReused(operationId);
      await query(confirm, [key.tenant, key.threadId]);
      return resultOf(integer(stored, 'first_ordinal'), batch, true);
    }
    if (archived) throw threadArchived(key.threadId);
    const first = await takeOrdinals(query, key, batch);
    const labels = [`${epoch}`, `${nextSequence - 1n}`];
    await query(insert, [key.tenant, key.threadId, operationId, `${first}`, ...labels, texts]);
    const result = resultOf(first, batch, false);
    if (holdsMessages(batch.facts))
      await query(note, [key.tenant, key.threadId, `${first}`, `${result.lastOrdinal + 1n}`]);
    return result;
  });
  if (!appended.duplicate && holdsEvents(batch.facts)) index.left(key.threadId);
  if (!appended.duplicate && holdsMessages(batch.facts)) index.messagesNoted();
  return appended;
}

/** Says that turns lack the items from here on. */
const leftBehind = ', index_from = coalesce(index_from, next_ordinal)';

const note = noteMessages('values ($1, $2::uuid, $3::bigint, $4::bigint)');

/** Moves the ordinal of the locked thread, with the patch, and gives the first of those that are free now. */
async function takeOrdinals(
  query: RunQuery,
  { tenant, threadId }: ThreadKey,
  { items, metadata, facts }: CheckedExternalAppend,
): Promise<bigint> {
  const params = new Params();
  for (const value of [tenant, threadId, `${items.length}`]) params.add(value);
  const patch = metadata === null ? '' : patchAssignments(metadata, params);
  const [row = {}] = await query(
    `update threadstore.threads set next_ordinal = next_ordinal + $3::bigint${holdsEvents(facts) ? leftBehind : ''}${patch && `, ${patch}`}
     where tenant = $1 and thread_id = $2 returning next_ordinal - $3::bigint as first_ordinal`,
    params.values,
  );
  return integer(row, 'first_ordinal');
}
