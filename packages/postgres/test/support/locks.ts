import { waitFor } from '@threadstore/testkit';
import type { Database } from '../../src/index.ts';

/** Holds what the statement locks until the work ends, or releases it. */
async function withLock<T>(
  database: Database,
  statement: readonly [text: string, params?: readonly string[]],
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  const released = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = database.transaction(async ({ query }) => {
    await query(...statement);
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  try {
    return await work(released.resolve);
  } finally {
    released.resolve();
    await holding;
  }
}

/** Holds the row of a thread, so that writes of it wait. */
export function withRowLocked<T>(
  database: Database,
  threadId: string,
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  return withLock(database, ['select from threadstore.threads where thread_id = $1 for update', [threadId]], work);
}

/** Holds all items, so that statements which store some wait, with the rows of their threads. */
export function withItemsLocked<T>(database: Database, work: (release: () => void) => Promise<T>): Promise<T> {
  return withLock(database, ['lock table threadstore.items in share mode'], work);
}

/** Holds inserts of items, so that statements which store some wait, with the rows of their threads; those that store none go on. */
export async function withInsertsHeld<T>(database: Database, work: (release: () => void) => Promise<T>): Promise<T> {
  await database.query(
    `create or replace function hold() returns trigger language plpgsql as $$
     begin perform pg_advisory_xact_lock_shared(1); return new; end $$`,
  );
  await database.query('create trigger held before insert on threadstore.items for each row execute function hold()');
  try {
    return await withLock(database, ['select pg_advisory_xact_lock(1)'], work);
  } finally {
    await database.query('drop trigger held on threadstore.items');
  }
}

/** The server processes that wait for a lock, one at least. */
export async function waitingForLock(database: Database): Promise<readonly string[]> {
  return waitFor(
    async () => {
      const rows = await database.query(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length > 0 && rows.map(({ pid }) => pid ?? '');
    },
    { what: 'a statement to wait for a lock' },
  );
}
