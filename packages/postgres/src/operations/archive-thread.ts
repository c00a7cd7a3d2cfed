import type { StoredThread } from '@threadstore/core';
import { judgeWriter, writerLive, type CheckedArchive } from '@threadstore/core/internal';
import type { Row, RunQuery } from '../database.ts';
import { storedThread, threadColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState, seenByAll, untilSettled } from './thread-state.ts';

/** The writer's own call, by its epoch, or anybody's while no lease runs. */
const permitted = `
  tenant = $1 and thread_id = $2 and materialized
  and case when $3::bigint is null then lease_holder is null or lease_until <= now()
    else writer_epoch = $3::bigint and lease_holder is not null end`;

const archiveStatement = `
  update threadstore.threads
  set archived_at = coalesce(archived_at, now()),
    lease_holder = case when $3::bigint is null then null else lease_holder end,
    lease_since = case when $3::bigint is null then null else lease_since end,
    lease_until = case when $3::bigint is null then null else lease_until end
  where ${permitted}
  returning 1`;

const unarchiveStatement = `
  update threadstore.threads
  set updated_at = case when archived_at is null then updated_at else now() end, archived_at = null
  where ${permitted}
  returning ${threadColumns}`;

/** One statement. Without an epoch it ends the right of the latest writer, whose lease has lapsed. */
export async function archiveThread(query: RunQuery, key: ThreadKey, { epoch }: CheckedArchive): Promise<void> {
  await move(query, key, epoch, archiveStatement);
}

/** One statement, also for a thread that is not archived, whose row it writes as it is. */
export async function unarchiveThread(
  query: RunQuery,
  key: ThreadKey,
  { epoch }: CheckedArchive,
): Promise<StoredThread> {
  return storedThread(await move(query, key, epoch, unarchiveStatement));
}

async function move(query: RunQuery, key: ThreadKey, epoch: bigint | null, statement: string): Promise<Row> {
  const params = [key.tenant, key.threadId, epoch === null ? null : `${epoch}`];
  return untilSettled(async () => {
    const [row] = await query(statement, params);
    if (row !== undefined) return row;
    const state = seenByAll(await readThreadState(query, key), key);
    if (epoch !== null) {
      const error = judgeWriter(state, epoch);
      if (error !== null) throw error;
    } else if (state.lease !== null && state.leaseRuns) {
      throw writerLive(state.epoch, state.lease, state.now);
    }
    return null;
  });
}
