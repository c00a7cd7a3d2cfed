import { ThreadStoreError, type AppendResult } from '@threadstore/core';
import { judgeWriter, sequenceGap, sequenceReused, type CheckedAppend } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { patchAssignments } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { integer } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';
import { confirmBatch, findBatch } from './find-batch.ts';
import { seenByWriters, untilSettled } from './thread-state.ts';

/**
 * Appends a batch in one statement: the update of the thread's row judges the writer and the sequence and moves the ordinal, and
 * what it returns feeds the insert. A writer that checked first and wrote then let others in between (1,067 ordinals given twice
 * in 9,155 appends under takeovers); this one can't, holds no lock across a round trip, and makes no SQL error of a refusal.
 * Items go as one array: a parameter for each ends at 65,535 of them, and has to be planned anew for every count.
 *
 * No row back: a second statement finds out why, see `findBatch`.
 */
export async function appendItems(
  query: RunQuery,
  key: ThreadKey,
  batch: CheckedAppend,
  leaseDurationMs: number,
): Promise<AppendResult> {
  const { text, params } = appendStatement(key, batch, leaseDurationMs);
  return untilSettled(async () => {
    const [row] = await query(text, params.values);
    if (row !== undefined) return result(integer(row, 'first_ordinal'), batch, false);
    return refusal(query, key, batch);
  });
}

function appendStatement(
  { tenant, threadId }: ThreadKey,
  { epoch, sequence, items, metadata }: CheckedAppend,
  leaseDurationMs: number,
): { readonly text: string; readonly params: Params } {
  const params = new Params();
  const places = [tenant, threadId, `${epoch}`, `${sequence}`, `${items.length}`, `${leaseDurationMs}`, items];
  for (const value of places) params.add(value);
  const patch = metadata === null ? '' : patchAssignments(metadata, params);
  const text = `
    with head as (
      update threadstore.threads
      set next_ordinal = next_ordinal + $5::bigint, writer_seq = writer_seq + 1, materialized = true,
        lease_until = greatest(lease_until, now() + $6::bigint * interval '1 millisecond')${patch && `, ${patch}`}
      where tenant = $1 and thread_id = $2 and writer_epoch = $3 and writer_seq = $4 and lease_holder is not null
      returning next_ordinal - $5::bigint as first_ordinal
    ), stored as (
      insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
      select $1, $2::uuid, head.first_ordinal + batch.number - 1, $3::bigint, $4::bigint, batch.body
      from head cross join unnest($7::text[]) with ordinality as batch (body, number)
    )
    select first_ordinal from head`;
  return { text, params };
}

/** The answer to a batch that was not stored now, or null if it should be tried again. */
async function refusal(query: RunQuery, key: ThreadKey, batch: CheckedAppend): Promise<AppendResult | null> {
  const found = await findBatch(query, key, batch);
  const state = seenByWriters(found?.state ?? null, key);
  // Before the writer is judged: a retry learns that its batch is stored even when it has been fenced since.
  if (found?.place != null) {
    if (!found.place.sameItems) throw sequenceReused(batch.sequence);
    return (await confirmBatch(query, key)) ? result(found.place.firstOrdinal, batch, true) : null;
  }
  const error = judgeWriter(state, batch.epoch);
  if (error !== null) throw error;
  if (batch.sequence > state.nextSequence) throw sequenceGap(batch.sequence, state.nextSequence);
  if (batch.sequence === state.nextSequence) return null;
  throw new ThreadStoreError({ reason: 'INTERNAL', message: 'internal error: a batch that was stored is missing' });
}

function result(firstOrdinal: bigint, { items }: CheckedAppend, duplicate: boolean): AppendResult {
  return { firstOrdinal, lastOrdinal: firstOrdinal + BigInt(items.length) - 1n, duplicate };
}
