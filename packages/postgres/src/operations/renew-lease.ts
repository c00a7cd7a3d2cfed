import type { WriterRef } from '@threadstore/core';
import { judgeWriter } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState, seenByWriters, untilSettled } from './thread-state.ts';

const statement = `
  update threadstore.threads
  set lease_until = greatest(lease_until, now() + $4::bigint * interval '1 millisecond'), materialized = materialized or $5::boolean
  where tenant = $1 and thread_id = $2 and writer_epoch = $3 and lease_holder is not null
  returning 1`;

/** Renews a writer's lease, and materialises the thread if asked to. One statement, keyed by tenant and thread. */
export async function renewLease(
  query: RunQuery,
  key: ThreadKey,
  { epoch }: WriterRef,
  { leaseDurationMs, materialize }: { readonly leaseDurationMs: number; readonly materialize: boolean },
): Promise<void> {
  const params = [key.tenant, key.threadId, `${epoch}`, `${leaseDurationMs}`, `${materialize}`];
  await untilSettled(async () => {
    const rows = await query(statement, params);
    if (rows.length > 0) return true;
    const error = judgeWriter(seenByWriters(await readThreadState(query, key), key), epoch);
    if (error !== null) throw error;
    return null;
  });
}
