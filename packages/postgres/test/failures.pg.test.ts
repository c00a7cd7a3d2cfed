import { randomUUID } from 'node:crypto';
import { ThreadStoreError } from '@threadstore/core';
import { freePort, TcpProxy, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore, type Database } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { waitingForLock, withItemsLocked, withRowLocked } from './support/locks.ts';
import { items, writtenThread } from './support/threads.ts';
import { usingServer } from './support/using-server.ts';

const server = usingServer();

const outcomeUnknown = { code: 'unavailable', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' };
const unavailable = { code: 'unavailable', reason: 'BACKEND_UNAVAILABLE', effect: 'none' };

async function terminate(pids: readonly string[]): Promise<void> {
  await server.database.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);
}

test('an answer that is lost after the commit: effect unknown, and the retry gets the ordinals', async () => {
  await using proxy = await TcpProxy.to(server.url);
  await using database = connectPostgres({ connectionString: proxy.url });
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  const batch = { threadId, epoch, sequence: 1n, items: items(3) };
  proxy.mode = 'cut-answer';
  expect(await failure(store.appendItems(batch))).toMatchObject(outcomeUnknown);
  proxy.mode = 'open';
  await waitFor(async () => (await server.direct.readThread({ threadId })).nextOrdinal === 5n);
  expect(await store.appendItems(batch)).toEqual({ firstOrdinal: 2n, lastOrdinal: 4n, duplicate: true });
});

test('a connection that is killed before the commit: effect unknown, nothing stored, and the retry stores it', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await using database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  const batch = { threadId, epoch, sequence: 1n, items: items(3) };
  await withItemsLocked(server.database, async () => {
    const append = failure(store.appendItems(batch));
    await terminate(await waitingForLock(server.database));
    expect(await append).toMatchObject(outcomeUnknown);
  });
  expect((await server.direct.loadHistory({ threadId })).items).toHaveLength(2);
  expect(await store.appendItems(batch)).toEqual({ firstOrdinal: 2n, lastOrdinal: 4n, duplicate: false });
});

test('a connection that is killed while an append waits for its thread: effect none, and the retry stores it', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await using database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  const batch = { threadId, epoch, sequence: 1n, items: items(3) };
  await withRowLocked(server.database, threadId, async () => {
    const append = failure(store.appendItems(batch));
    await terminate(await waitingForLock(server.database));
    expect(await append).toMatchObject(unavailable);
  });
  expect(await store.appendItems(batch)).toEqual({ firstOrdinal: 2n, lastOrdinal: 4n, duplicate: false });
});

test('a read on a connection that is killed: effect none', async () => {
  await using proxy = await TcpProxy.to(server.url);
  await using database = connectPostgres({ connectionString: proxy.url });
  const store = new PostgresThreadStore({ database });
  const { threadId } = await writtenThread(store);
  proxy.mode = 'cut-answer';
  expect(await failure(store.readThread({ threadId }))).toMatchObject(unavailable);
  expect(await failure(store.listThreads())).toMatchObject(unavailable);
  proxy.mode = 'open';
  expect((await store.listThreads()).threads).toHaveLength(1);
});

test('connections that the server closes while they are idle are replaced', async () => {
  await using database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  const others = `from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'threadstore'`;
  await server.database.query(`select pg_terminate_backend(pid) ${others}`);
  await waitFor(async () => (await server.database.query(`select pid ${others}`)).length === 0);
  // The pool hears of it in its own time.
  await waitFor(() => store.readThread({ threadId }));
  expect(await store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) })).toMatchObject({
    duplicate: false,
  });
});

test('a statement that waits for a lock too long is ended by the server: effect none, nothing stored', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await using database = connectPostgres({ connectionString: server.url, statementTimeoutMs: 200 });
  const store = new PostgresThreadStore({ database });
  await withRowLocked(server.database, threadId, async () => {
    const error = await failure(store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) }));
    expect(error).toMatchObject(unavailable);
    expect(error.cause).toMatchObject({ kind: 'refused', code: '57014' });
  });
  expect((await server.direct.readThread({ threadId })).nextOrdinal).toBe(2n);
});

test('a server that goes silent: effect unknown for a write, after the statement timeout and a moment', async () => {
  await using proxy = await TcpProxy.to(server.url);
  await using database = connectPostgres({ connectionString: proxy.url, statementTimeoutMs: 100 });
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  proxy.mode = 'mute';
  expect(await failure(store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) }))).toMatchObject(
    outcomeUnknown,
  );
  proxy.mode = 'open';
  expect(await store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) })).toMatchObject({
    duplicate: true,
  });
});

test.each(['black-hole', 'mute'] as const)('no connection can be had (%s): effect none, in time', async (mode) => {
  await using proxy = await TcpProxy.to(server.url);
  proxy.mode = mode;
  await using database = connectPostgres({ connectionString: proxy.url, connectTimeoutMs: 200 });
  const store = new PostgresThreadStore({ database });
  expect(await failure(store.createThread({ threadId: randomUUID() }))).toMatchObject(unavailable);
  proxy.mode = 'open';
  await store.createThread({ threadId: randomUUID() });
});

test('nobody listens, or refuses the password: effect none, and the message says which', async () => {
  const nobody = connectPostgres({ connectionString: `postgresql://me:x@127.0.0.1:${await freePort()}/x` });
  await using closed = nobody;
  const refused = await failure(new PostgresThreadStore({ database: closed }).createThread({ threadId: randomUUID() }));
  expect(refused).toMatchObject({ ...unavailable, message: 'the database can not be reached' });
  expect(refused.cause).toMatchObject({ code: 'ECONNREFUSED' });

  const url = new URL(server.url);
  url.password = 'wrong';
  await using locked = connectPostgres({ connectionString: url.href });
  const denied = await failure(new PostgresThreadStore({ database: locked }).createThread({ threadId: randomUUID() }));
  expect(denied).toMatchObject({ ...unavailable, message: "the database refuses threadstore's credentials" });
});

test('all connections are taken: effect none, in time', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await using database = connectPostgres({ connectionString: server.url, poolSize: 1, connectTimeoutMs: 200 });
  const store = new PostgresThreadStore({ database });
  await withRowLocked(server.database, threadId, async (release) => {
    const append = store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) });
    await waitingForLock(server.database);
    expect(await failure(store.createThread({ threadId: randomUUID() }))).toMatchObject(unavailable);
    release();
    expect(await append).toMatchObject({ duplicate: false });
  });
});

test('a closed database: effect none', async () => {
  const database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  await store.listThreads();
  await database.close();
  await database.close();
  expect(await failure(store.createThread({ threadId: randomUUID() }))).toMatchObject(unavailable);
});

test('a read-only server: effect none', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  const url = new URL(server.url);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  await using database = connectPostgres({ connectionString: url.href });
  const store = new PostgresThreadStore({ database });
  const error = await failure(store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) }));
  expect(error).toMatchObject({ ...unavailable, message: 'the database takes no writes now' });
  expect((await store.loadHistory({ threadId })).items).toHaveLength(2);
});

/** Makes the next updates of threads fail with the SQLSTATE; the counter is no part of any transaction. */
async function failUpdates(database: Database, times: number, sqlstate: string): Promise<void> {
  await database.query('create sequence if not exists failures');
  await database.query(`select setval('failures', 1, false)`);
  await database.query(`
    create or replace function fail_at_first() returns trigger language plpgsql as $$ begin
      if nextval('failures') <= ${times} then raise exception 'failed' using errcode = '${sqlstate}'; end if;
      return new;
    end $$`);
  await database.query(
    'create or replace trigger fail_at_first before update on threadstore.threads for each row execute function fail_at_first()',
  );
}

test.each(['40001', '40P01'])('%s is repeated three times, then told', async (sqlstate) => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await failUpdates(server.database, 3, sqlstate);
  try {
    expect(await server.direct.appendItems({ threadId, epoch, sequence: 1n, items: items(1) })).toMatchObject({
      duplicate: false,
    });
    await failUpdates(server.database, 3, sqlstate);
    await server.direct.deleteThread({ threadId });
    await failUpdates(server.database, 4, sqlstate);
    expect(await failure(server.direct.deleteThread({ threadId }))).toMatchObject(unavailable);
  } finally {
    await server.database.query('drop trigger fail_at_first on threadstore.threads');
  }
});

test('no room: storage full, effect none', async () => {
  const { threadId, epoch } = await writtenThread(server.direct);
  await failUpdates(server.database, 1, '53100');
  try {
    expect(await failure(server.direct.appendItems({ threadId, epoch, sequence: 1n, items: items(1) }))).toMatchObject({
      code: 'unavailable',
      reason: 'STORAGE_FULL',
      effect: 'none',
    });
  } finally {
    await server.database.query('drop trigger fail_at_first on threadstore.threads');
  }
});

test('a delete that fails after its commit: effect unknown, the thread is gone, and the retry ends it', async () => {
  const { threadId } = await writtenThread(server.direct);
  await server.database.transaction(({ script }) =>
    script(`
      create sequence deletions;
      create function fail_second() returns trigger language plpgsql as $$
        begin
          if nextval('deletions') = 2 then raise exception 'for the test' using errcode = '57014'; end if;
          return null;
        end $$;
      create trigger fail_second before delete on threadstore.messages for each statement execute function fail_second()`),
  );
  try {
    expect(await failure(server.direct.deleteThread({ threadId }))).toMatchObject(outcomeUnknown);
    expect(await failure(server.direct.readThread({ threadId }))).toMatchObject({ reason: 'THREAD_DELETED' });
    await server.direct.deleteThread({ threadId });
  } finally {
    await server.database.query('drop function fail_second cascade');
    await server.database.query('drop sequence deletions');
  }
});

test('appends that race a delete are stored and erased, or refused; no item stays', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { threadId, epoch } = await writtenThread(server.direct);
    const appendUntilDeleted = async (store: PostgresThreadStore): Promise<void> => {
      for (let sequence = 1n; ; sequence += 1n) {
        const append = store.appendItems({ threadId, epoch, sequence, items: items(2) });
        const reason = await append.then(
          () => undefined,
          (error: unknown) => error instanceof ThreadStoreError && error.reason,
        );
        if (reason === 'THREAD_DELETED') return;
        expect(reason).toBeUndefined();
      }
    };
    const stores = Array.from({ length: 4 }, () => new PostgresThreadStore({ database: server.database }));
    const appends = stores.map(appendUntilDeleted);
    await server.direct.deleteThread({ threadId });
    await Promise.all(appends);
    const left = await server.database.query('select from threadstore.items where thread_id = $1', [threadId]);
    expect(left).toHaveLength(0);
  }
});
