import { waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { StandbyServer } from './support/standby-server.ts';
import { items, writtenThread } from './support/threads.ts';

let server: StandbyServer;

beforeAll(async () => {
  server = await StandbyServer.start();
  await server.admin.query('create table probe (number int)');
});
afterAll(() => server[Symbol.asyncDispose]());

/** The server process of a commit that waits for the standby, once there is one. */
async function aWaitingCommit(): Promise<string> {
  return waitFor(async () => (await server.waitingCommits())[0], { what: 'a commit to wait for the standby' });
}

function failureOf(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** From now on commits wait for a standby that never comes. */
async function loseStandby(): Promise<void> {
  await server.setStandby('nobody');
  // The server takes the setting in its own time: commits until one waits.
  await using database = connectPostgres({ connectionString: server.url });
  await waitFor(async () => {
    let done = false;
    const probe = failureOf(database.query('insert into probe values (1)')).finally(() => {
      done = true;
    });
    const pid = await waitFor(async () => done || (await server.waitingCommits())[0]);
    if (pid === true) return false;
    await server.admin.query('select pg_cancel_backend($1::int)', [pid]);
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
        await server.admin.query(`select ${cut}($1::int)`, [await aWaitingCommit()]);
        expect(await answer).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
      }
    } finally {
      await server.setStandby('');
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
  await server.setStandby('');
  expect(await retry).toEqual({ firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true });
});
