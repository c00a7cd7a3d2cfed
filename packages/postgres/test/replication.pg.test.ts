import { startNativePostgres, waitFor, type RunningPostgres } from '@threadstore/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, migrate, PostgresThreadStore, type Database } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { items, writtenThread } from './support/threads.ts';

let server: RunningPostgres;
/** Its commits wait for no standby. */
let admin: Database;

beforeAll(async () => {
  server = await startNativePostgres();
  const url = new URL(server.url);
  url.searchParams.set('options', '-c synchronous_commit=local');
  admin = connectPostgres({ connectionString: url.href });
  await migrate(admin);
  await admin.query('create table probe (number int)');
});
afterAll(async () => {
  await admin.close();
  await server.stop();
});

/** The server process of a commit that waits for the standby. */
async function waitingCommit(): Promise<string | undefined> {
  const [row] = await admin.query(`select pid::text from pg_stat_activity where wait_event = 'SyncRep'`);
  return row?.['pid'] ?? undefined;
}

/** Waits for such a commit. */
async function aWaitingCommit(): Promise<string> {
  return waitFor(waitingCommit, { what: 'a commit to wait for the standby' });
}

async function setStandby(names: string): Promise<void> {
  await admin.query(`alter system set synchronous_standby_names = '${names}'`);
  await admin.query('select pg_reload_conf()');
}

function failureOf(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** From now on commits wait for a standby that never comes. */
async function loseStandby(): Promise<void> {
  await setStandby('nobody');
  // The server takes the setting in its own time: commits until one waits.
  await using database = connectPostgres({ connectionString: server.url });
  await waitFor(async () => {
    let done = false;
    const probe = failureOf(database.query('insert into probe values (1)')).finally(() => {
      done = true;
    });
    const pid = await waitFor(async () => done || waitingCommit());
    if (pid === true) return false;
    await admin.query('select pg_cancel_backend($1::int)', [pid]);
    expect(await probe).toMatchObject({ kind: 'unreplicated' });
    return true;
  });
}

test.each(['pg_cancel_backend', 'pg_terminate_backend'])(
  'a commit whose wait for the standby is cut short by %s is not acknowledged, nor is its retry before the standby has it',
  async (cut) => {
    await using database = connectPostgres({ connectionString: server.url });
    const store = new PostgresThreadStore({ database });
    const { threadId, epoch } = await writtenThread(store);
    const batch = { threadId, epoch, sequence: 1n, items: items(2) };
    await loseStandby();
    try {
      const writes = {
        append: () => store.appendItems(batch),
        retry: () => store.appendItems(batch),
        delete: () => store.deleteThread({ threadId }),
      };
      for (const write of Object.values(writes)) {
        const answer = failure(write());
        await admin.query(`select ${cut}($1::int)`, [await aWaitingCommit()]);
        expect(await answer).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
      }
    } finally {
      await setStandby('');
    }
    await store.deleteThread({ threadId });
  },
);

test('a duplicate is acknowledged once the standby has it', async () => {
  await using database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  await loseStandby();
  const retry = store.appendItems({ threadId, epoch, sequence: 0n, items: items(2) });
  await aWaitingCommit();
  // From now on no standby is asked for, which lets the commit go as one that caught up would.
  await setStandby('');
  expect(await retry).toEqual({ firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true });
});
