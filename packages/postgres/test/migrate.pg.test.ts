import { randomUUID } from 'node:crypto';
import { createScratchDatabase, createScratchRole } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { migrations, type Migration } from '../src/gen/migrations.ts';
import {
  checkSchema,
  connectPostgres,
  migrate,
  openEmbedded,
  PostgresThreadStore,
  schemaVersion,
  type Database,
} from '../src/index.ts';
import { checkSchemaFor, migrateTo } from '../src/migrate.ts';
import { completed, rolledBack, started, turn } from './support/sessions.ts';
import { item } from './support/threads.ts';

const latest = migrations.length;
const later = (breaking: boolean): readonly Migration[] => [
  ...migrations,
  { number: latest + 1, breaking, sql: 'create table threadstore.later (id int)' },
];

const empty: readonly { readonly name: string; readonly open: () => Promise<Database & AsyncDisposable> }[] = [
  {
    name: 'server',
    open: async () => {
      const scratch = await createScratchDatabase();
      const database = connectPostgres({ connectionString: scratch.url });
      const dispose = async (): Promise<void> => {
        await database.close();
        await scratch.drop();
      };
      return Object.assign(database, { [Symbol.asyncDispose]: dispose });
    },
  },
  { name: 'embedded', open: () => openEmbedded() },
];

for (const { name, open } of empty) {
  test(`${name}: an empty database is brought up once`, async () => {
    await using database = await open();
    expect(await schemaVersion(database)).toBe(0);
    expect(await migrate(database)).toEqual({ from: 0, to: latest });
    expect(await migrate(database)).toEqual({ from: latest, to: latest });
    expect(await schemaVersion(database)).toBe(latest);
    await checkSchema(database);
  });

  test(`${name}: without the schema the check, and a store's first call, say what to do`, async () => {
    await using database = await open();
    const missing = {
      code: 'unavailable',
      effect: 'none',
      message: 'there is no schema threadstore in the database, run its migrations',
    };
    await expect(checkSchema(database)).rejects.toMatchObject(missing);
    const store = new PostgresThreadStore({ database });
    await expect(store.createThread({ threadId: randomUUID() })).rejects.toMatchObject(missing);
    await migrate(database);
    await store.createThread({ threadId: randomUUID() });
  });

  test(`${name}: a schema that is older than this version is refused`, async () => {
    await using database = await open();
    await migrate(database);
    await expect(checkSchemaFor(database, later(false))).rejects.toMatchObject({
      code: 'unavailable',
      message: `the database's schema is too old, run its migrations (got ${latest}, needed ${latest + 1})`,
    });
  });

  test(`${name}: a newer schema is used, unless it is marked as breaking`, async () => {
    await using database = await open();
    await migrateTo(database, later(false));
    await checkSchema(database);
    expect(await migrate(database)).toEqual({ from: latest + 1, to: latest + 1 });

    await database.query('update threadstore.migrations set breaking = true where number = $1', [`${latest + 1}`]);
    const refused = {
      code: 'unavailable',
      message: `the database's schema is of a newer threadstore, use that one (got ${latest + 1}, known ${latest})`,
    };
    await expect(checkSchema(database)).rejects.toMatchObject(refused);
    await expect(migrate(database)).rejects.toMatchObject(refused);
    await expect(new PostgresThreadStore({ database }).listThreads()).rejects.toMatchObject(refused);
  });

  test(`${name}: migrations that fail leave the schema as it was`, async () => {
    await using database = await open();
    const broken = [...later(false), { number: latest + 2, breaking: false, sql: 'create table threadstore.later ()' }];
    await expect(migrateTo(database, broken)).rejects.toMatchObject({ code: 'internal', effect: 'none' });
    expect(await schemaVersion(database)).toBe(0);
    expect(await database.query(`select from pg_namespace where nspname = 'threadstore'`)).toHaveLength(0);
    expect(await migrate(database)).toEqual({ from: 0, to: latest });
  });
}

for (const { name, open } of empty) {
  test(`${name}: a database of the first version keeps its threads, and takes external appends after the migration`, async () => {
    await using database = await open();
    await migrateTo(database, migrations.slice(0, 1));
    const threadId = randomUUID();
    await database.query(
      `insert into threadstore.threads
         (tenant, thread_id, writer_epoch, writer_seq, next_ordinal, materialized, lease_holder, lease_since, lease_until)
       values ('default', $1, 3, 2, 3, true, 'me', now(), now())`,
      [threadId],
    );
    await database.query(
      `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
       select 'default', $1::uuid, n, 3, n / 2, format('{"type":"%s"}', n) from generate_series(0, 2) as n`,
      [threadId],
    );
    expect(await migrate(database)).toEqual({ from: 1, to: latest });
    const store = new PostgresThreadStore({ database });
    const old = ['{"type":"0"}', '{"type":"1"}', '{"type":"2"}'];
    expect((await store.loadHistory({ threadId })).items).toEqual(old);
    const retry = await store.appendItems({ threadId, epoch: 3n, sequence: 0n, items: old.slice(0, 2) });
    expect(retry).toEqual({ firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true });
    const note = { threadId, external: true, operationId: 'a', items: ['{"type":"note"}'] } as const;
    expect(await store.appendItems(note)).toMatchObject({ firstOrdinal: 3n, duplicate: false });
    expect(await store.appendItems(note)).toMatchObject({ firstOrdinal: 3n, duplicate: true });
    expect(await store.appendItems({ threadId, epoch: 3n, sequence: 2n, items: ['{"type":"3"}'] })).toMatchObject({
      firstOrdinal: 4n,
    });
  });
}

for (const { name, open } of empty) {
  test(`${name}: the items of a database of the second version are listed by turns, and found, after the migration`, async () => {
    await using database = await open();
    await migrateTo(database, migrations.slice(0, 2));
    const [threadId, blank] = [randomUUID(), randomUUID()];
    const texts = [...turn('a', 'first'), item('x'), ...turn('b', 'second'), rolledBack(1), started('c')];
    await database.query(
      `insert into threadstore.threads (tenant, thread_id, writer_epoch, writer_seq, next_ordinal, materialized)
       values ('default', $1, 1, 1, $2, true), ('default', $3, 1, 0, 0, true)`,
      [threadId, `${texts.length}`, blank],
    );
    await database.query(
      `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
       select 'default', $1::uuid, n - 1, 1, 0, body from unnest($2::text[]) with ordinality as item (body, n)`,
      [threadId, texts],
    );
    expect(await migrate(database)).toEqual({ from: 2, to: latest });
    await using store = new PostgresThreadStore({ database });
    expect((await store.searchThreads({ searchTerm: 'did' })).hits).toMatchObject([{ ordinal: 2n, turnId: 'a' }]);
    expect((await store.listTurns({ threadId })).turns).toMatchObject([
      { turnId: 'c', status: 'inProgress' },
      { turnId: 'a', status: 'completed' },
    ]);
    expect((await store.listItems({ threadId })).items.map(({ ordinal }) => Number(ordinal))).toEqual([
      0, 1, 2, 3, 4, 9, 10,
    ]);
    expect((await store.listTurns({ threadId: blank })).turns).toEqual([]);
    const { epoch } = await store.resumeThread({ threadId });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [completed('c')] });
    expect((await store.listTurns({ threadId, pageSize: 1 })).turns).toMatchObject([{ status: 'completed' }]);
  });
}

test('of eight that migrate at once, one does, and all succeed', async () => {
  await using scratch = await createScratchDatabase();
  const databases = Array.from({ length: 8 }, () => connectPostgres({ connectionString: scratch.url, poolSize: 1 }));
  const results = await Promise.all(databases.map((database) => migrate(database)));
  await Promise.all(databases.map((database) => database.close()));
  expect(results.filter(({ from }) => from === 0)).toEqual([{ from: 0, to: latest }]);
  expect(results.filter(({ from }) => from !== 0)).toEqual(Array(7).fill({ from: latest, to: latest }));
});

test('a user who may only use the schema that was made for it can migrate', async () => {
  await using scratch = await createScratchDatabase();
  await using owner = connectPostgres({ connectionString: scratch.url });
  await using role = await createScratchRole(scratch.url);
  await owner.query(`create schema threadstore authorization ${role.name}`);
  await using database = connectPostgres({ connectionString: role.url });
  expect(await migrate(database)).toEqual({ from: 0, to: latest });
});

test('a user without the privilege is told', async () => {
  await using scratch = await createScratchDatabase();
  await using role = await createScratchRole(scratch.url);
  await using database = connectPostgres({ connectionString: role.url });
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'unavailable',
    message: "the database's user lacks a privilege",
  });
});

test('a database that is not in UTF-8 is refused', async () => {
  await using scratch = await createScratchDatabase();
  await using database = connectPostgres({ connectionString: scratch.url });
  const latin = `${scratch.name}_latin`;
  await database.query(`create database ${latin} template template0 encoding 'LATIN1' locale_provider libc locale 'C'`);
  try {
    const url = new URL(scratch.url);
    url.pathname = `/${latin}`;
    await using other = connectPostgres({ connectionString: url.href });
    await expect(migrate(other)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the database must be in UTF-8 (got LATIN1)',
    });
    await other.close();
  } finally {
    await database.query(`drop database ${latin} with (force)`);
  }
});
