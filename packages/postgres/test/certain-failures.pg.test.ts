import { randomUUID } from 'node:crypto';
import { waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { items, writtenThread } from './support/threads.ts';
import { usingServer } from './support/using-server.ts';

const server = usingServer();

test('a session that the server ends while its transaction pauses: nothing was committed, and that is told', async () => {
  await using database = connectPostgres({ connectionString: server.url });
  let pid = '';
  const paused = database.transaction(async ({ query }) => {
    await query('set local idle_in_transaction_session_timeout = 20');
    const [row] = await query('select pg_backend_pid()::text as pid');
    pid = row?.['pid'] ?? '';
    await query('create table never (number int)');
    await waitFor(async () => (await server.database.query(runningSession, [pid])).length === 0);
  });
  await expect(paused).rejects.toMatchObject({ name: 'DatabaseFailure', code: '25P03', mayBeCommitted: false });
  const [row] = await database.query(`select to_regclass('never')::text as name, pg_backend_pid()::text as pid`);
  expect(row).toMatchObject({ name: null });
  expect(row?.['pid']).not.toBe(pid);
});

const runningSession = 'select from pg_stat_activity where pid = $1::int';

test('a role that has all the connections it may have: effect none, and the message says so', async () => {
  const role = `limited_${randomUUID().replaceAll('-', '')}`;
  await server.database.query(`create role ${role} login password 'x' connection limit 0`);
  try {
    const url = new URL(server.url);
    url.username = role;
    url.password = 'x';
    await using database = connectPostgres({ connectionString: url.href });
    const error = await failure(new PostgresThreadStore({ database }).createThread({ threadId: randomUUID() }));
    expect(error).toMatchObject({
      reason: 'BACKEND_UNAVAILABLE',
      effect: 'none',
      message: 'the database has no connection left',
    });
    expect(error.cause).toMatchObject({ code: '53300' });
  } finally {
    await server.database.query(`drop role ${role}`);
  }
});

test('damaged data: told as such, of a read and of a write, and to the batches alone that met it', async () => {
  const [bad, good] = [await writtenThread(server.direct), await writtenThread(server.direct)];
  await server.database.query(`
    create function damaged() returns trigger language plpgsql as $$ begin
      if new.thread_id = '${bad.threadId}' then raise exception 'invalid page' using errcode = 'data_corrupted'; end if;
      return new;
    end $$`);
  await server.database.query(
    'create trigger damaged before update on threadstore.threads for each row execute function damaged()',
  );
  try {
    const append = ({ threadId, epoch }: typeof bad): Promise<unknown> =>
      server.direct.appendItems({ threadId, epoch, sequence: 1n, items: items(1) });
    const appends = [failure(append(bad)), append(good)];
    expect(await appends[0]).toMatchObject({ code: 'data_loss', reason: 'DATA_CORRUPTED', effect: 'none' });
    expect(await appends[1]).toMatchObject({ duplicate: false });
    expect((await server.direct.readThread({ threadId: bad.threadId })).nextOrdinal).toBe(2n);
  } finally {
    await server.database.query('drop trigger damaged on threadstore.threads');
    await server.database.query('drop function damaged');
  }
});
