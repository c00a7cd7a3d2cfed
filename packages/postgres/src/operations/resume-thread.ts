import type { WriterGrant } from '@threadstore/core';
import { judgeEpoch, writerLive, type CheckedResume } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { leaseColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { readThreadState, seenByReaders, untilSettled } from './thread-state.ts';
import { writerGrant } from './writer-grant.ts';

const statement = `
  update threadstore.threads
  set writer_epoch = writer_epoch + 1, writer_seq = 0,
    lease_holder = $3, lease_since = now(), lease_until = now() + $4::bigint * interval '1 millisecond'
  where tenant = $1 and thread_id = $2 and materialized
    and ($5::boolean or archived_at is null)
    and ($6::boolean or lease_holder is null or lease_until <= now())
    and ($7::bigint is null or writer_epoch = $7::bigint)
  returning writer_epoch, next_ordinal, ${leaseColumns}`;

/**
 * Grants the next epoch in one statement. It waits for writes of the row that are under way; those that come after it find the
 * epoch changed. That is the whole of the fence.
 */
export async function resumeThread(
  query: RunQuery,
  key: ThreadKey,
  { holder, takeover, expectedEpoch, includeArchived }: CheckedResume,
  leaseDurationMs: number,
): Promise<WriterGrant> {
  const steal = takeover === 'steal';
  const expected = expectedEpoch === null ? null : `${expectedEpoch}`;
  const params = [key.tenant, key.threadId, holder, `${leaseDurationMs}`, `${includeArchived}`, `${steal}`, expected];
  return untilSettled(async () => {
    const [row] = await query(statement, params);
    if (row !== undefined) return writerGrant(key, row);
    const { epoch, lease, leaseRuns, now } = seenByReaders(await readThreadState(query, key), key, includeArchived);
    const error = expectedEpoch === null ? null : judgeEpoch(epoch, expectedEpoch);
    if (error !== null) throw error;
    if (lease !== null && leaseRuns && !steal) throw writerLive(epoch, lease, now);
    return null;
  });
}
