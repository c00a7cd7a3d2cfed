import type { WriterGrant } from '@threadstore/core';
import type { CheckedCreate } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { Params } from '../params.ts';
import { leaseColumns } from '../stored-thread.ts';
import type { ThreadKey } from '../thread-key.ts';
import { givenColumns, orReplaceGivenUp, refuseTaken } from './new-thread.ts';
import { untilSettled } from './thread-state.ts';
import { writerGrant } from './writer-grant.ts';

/**
 * Takes an id in one statement.
 *
 * `now()` and not `clock_timestamp()`, here and everywhere: one moment for a whole statement, so that a lease is judged, granted
 * and reported by the same one. When the statement waits for a lock, its moment lies before the wait, and leases count as running
 * a little longer than they do, never shorter.
 */
export async function createThread(
  query: RunQuery,
  key: ThreadKey,
  create: CheckedCreate,
  leaseDurationMs: number,
): Promise<WriterGrant> {
  const { text, params } = insertStatement(key, create, leaseDurationMs);
  return untilSettled(async () => {
    const [row] = await query(text, params.values);
    return row === undefined ? refuseTaken(query, key) : writerGrant(key, row);
  });
}

function insertStatement(
  key: ThreadKey,
  create: CheckedCreate,
  leaseDurationMs: number,
): { readonly text: string; readonly params: Params } {
  const params = new Params();
  // Absent metadata gets the columns' defaults, and so does the epoch.
  const given = givenColumns(key, create);
  const columns = given.map(([column]) => column);
  const places = given.map(([, value]) => params.add(value));
  const duration = params.add(`${leaseDurationMs}`);
  const text = `
    insert into threadstore.threads as threads (${columns.join(', ')}, lease_since, lease_until)
    values (${places.join(', ')}, now(), now() + ${duration}::bigint * interval '1 millisecond')
    ${orReplaceGivenUp()}
    returning writer_epoch, next_ordinal, ${leaseColumns}`;
  return { text, params };
}
