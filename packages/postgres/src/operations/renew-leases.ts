import { type LostLease, ThreadStoreError, type WriterRef } from '@threadstore/core';
import { judgeWriter } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { integer, text } from '../row.ts';
import { renewLease } from './renew-lease.ts';
import { seenByWriters, stateColumns, threadState } from './thread-state.ts';

// Rows that somebody else has locked are left out: waiting for one would keep all the others, and those who wait for them.
const renewal = `
  with free as materialized (
    select threads.thread_id, given.epoch
    from unnest($2::uuid[], $3::bigint[]) as given (thread_id, epoch)
    join threadstore.threads as threads on threads.tenant = $1 and threads.thread_id = given.thread_id
    for no key update of threads skip locked
  )
  update threadstore.threads as threads
  set lease_until = greatest(lease_until, now() + $4::bigint * interval '1 millisecond')
  from free
  where threads.tenant = $1 and threads.thread_id = free.thread_id and writer_epoch = free.epoch and lease_holder is not null
  returning threads.thread_id, writer_epoch`;

const states = `
  select thread_id, ${stateColumns} from threadstore.threads where tenant = $1 and thread_id = any ($2::uuid[])`;

export interface RenewOptions {
  readonly tenant: string;
  readonly leaseDurationMs: number;
}

/**
 * Renews the leases of all writers in one statement, and gives those that may write no more. One read tells why a row was not
 * renewed; a writer that nothing speaks against is then renewed by itself.
 */
export async function renewLeases(
  query: RunQuery,
  writers: readonly WriterRef[],
  { tenant, leaseDurationMs }: RenewOptions,
): Promise<readonly LostLease[]> {
  if (writers.length === 0) return [];
  const epochs = writers.map(({ epoch }) => `${epoch}`);
  const renewed = new Set(
    (await query(renewal, [tenant, ids(writers), epochs, `${leaseDurationMs}`])).map((row) =>
      nameOf({ threadId: text(row, 'thread_id'), epoch: integer(row, 'writer_epoch') }),
    ),
  );
  const left = writers.filter((writer) => !renewed.has(nameOf(writer)));
  if (left.length === 0) return [];
  const found = new Map(
    (await query(states, [tenant, ids(left)])).map((row) => [text(row, 'thread_id'), threadState(row)]),
  );
  const lost: LostLease[] = [];
  for (const writer of left) {
    const key = { tenant, threadId: writer.threadId };
    const error = await refusalOf(async () => {
      const refused = judgeWriter(seenByWriters(found.get(writer.threadId) ?? null, key), writer.epoch);
      if (refused !== null) throw refused;
      await renewLease(query, key, writer, { leaseDurationMs, materialize: false });
    });
    if (error !== null) lost.push({ ...writer, error });
  }
  return lost;
}

function ids(writers: readonly WriterRef[]): readonly string[] {
  return writers.map(({ threadId }) => threadId);
}

function nameOf({ threadId, epoch }: WriterRef): string {
  return `${threadId} ${epoch}`;
}

/** What the thread refuses the writer with, or null; what is no matter of the writer's is thrown. */
async function refusalOf(work: () => Promise<void>): Promise<ThreadStoreError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof ThreadStoreError && (error.code === 'conflict' || error.code === 'not_found')) return error;
    throw error;
  }
}
