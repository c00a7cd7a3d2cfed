import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { migrated } from '../src/migrated.ts';
import { createScratchDatabase, type Template, truncateAll } from '../src/scratch-database.ts';
import { waitFor } from '../src/wait-for.ts';

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a scratch database', () => {
  test('is empty, and nobody else has it', async () => {
    await using one = await createScratchDatabase();
    await using other = await createScratchDatabase();
    await query(one.url, 'create table t (n int)');
    expect(await query(one.url, `select to_regclass('t')::text as t`)).toEqual([{ t: 't' }]);
    expect(await query(other.url, `select to_regclass('t')::text as t`)).toEqual([{ t: null }]);
  });

  test('is gone after drop', async () => {
    const database = await createScratchDatabase();
    await database.drop();
    await expect(query(database.url, 'select 1')).rejects.toThrow(/does not exist/);
    await database.drop();
  });

  test('tells at drop who left a connection open, and is removed all the same', async () => {
    const database = await createScratchDatabase();
    const leak = new Client({ connectionString: database.url, application_name: 'forgetful' });
    leak.on('error', () => undefined);
    await leak.connect();
    await expect(database.drop()).rejects.toThrow('scratch database: connections were left open: 1 of forgetful');
    await expect(query(database.url, 'select 1')).rejects.toThrow(/does not exist/);
    await leak.end();
  });
});

describe('a template', () => {
  test('is prepared once and copied', async () => {
    let prepared = 0;
    const template: Template = {
      name: 'copied',
      prepare: async (url) => {
        prepared += 1;
        await query(url, 'create table t as select 1 as n');
      },
    };
    const databases = await Promise.all([1, 2, 3].map(async () => createScratchDatabase(template)));
    for (const { url } of databases) expect(await query(url, 'select n from t')).toEqual([{ n: 1 }]);
    expect(prepared).toBe(1);
    await Promise.all(databases.map(async (database) => database.drop()));
  });

  test('whose prepare failed is prepared again', async () => {
    let fails = true;
    const template: Template = {
      name: 'failed',
      prepare: async (url) => {
        await query(url, 'create table t (n int)');
        if (fails) throw new Error('not this time');
      },
    };
    await expect(createScratchDatabase(template)).rejects.toThrow('not this time');
    fails = false;
    await using database = await createScratchDatabase(template);
    expect(await query(database.url, 'select n from t')).toEqual([]);
  });

  test('whose prepare leaves a connection open is refused', async () => {
    const opened: Client[] = [];
    const template: Template = {
      name: 'leaky',
      prepare: async (url) => {
        const client = new Client({ connectionString: url, application_name: 'migrator' });
        client.on('error', () => undefined);
        opened.push(client);
        await client.connect();
      },
    };
    await expect(createScratchDatabase(template)).rejects.toThrow(
      'template leaky: prepare left connections open: 1 of migrator',
    );
    for (const client of opened) await client.end();
  });

  test.each(['', 'Upper', 'x'.repeat(25)])('is not named %j', async (name) => {
    await expect(createScratchDatabase({ name, prepare: async () => undefined })).rejects.toThrow(/^template\.name: /);
  });
});

test('a migrated database has a schema and no threads, also after truncateAll', async () => {
  await using database = await createScratchDatabase(migrated);
  const state = `select (select max(number) > 0 from threadstore.migrations) schema, (select count(*)::int from threadstore.threads) threads`;
  expect(await query(database.url, state)).toEqual([{ schema: true, threads: 0 }]);
  await truncateAll(database.url, { keep: ['migrations'] });
  expect(await query(database.url, state)).toEqual([{ schema: true, threads: 0 }]);
});

test('truncateAll empties every table of every schema, save those to keep', async () => {
  await using database = await createScratchDatabase();
  await query(database.url, 'create table a as select 1 as n');
  await query(database.url, 'create schema "Other"');
  await query(database.url, 'create table "Other"."B b" as select 1 as n');
  await query(database.url, 'create table version as select 7 as n');
  await truncateAll(database.url, { keep: ['version'] });
  const counts =
    'select (select count(*)::int from a) a, (select count(*)::int from "Other"."B b") b, (select n from version) v';
  expect(await query(database.url, counts)).toEqual([{ a: 0, b: 0, v: 7 }]);
});

test('truncateAll is done in the end where it and somebody at work lock each other out', async () => {
  await using database = await createScratchDatabase();
  await query(database.url, 'create table a as select 1 as n');
  await query(database.url, 'create table b as select 1 as n');
  const other = new Client({ connectionString: database.url });
  await other.connect();
  try {
    await other.query('begin');
    await other.query('select from b');
    const truncated = truncateAll(database.url);
    const waiting = `select from pg_locks where relation = 'b'::regclass and not granted`;
    await waitFor(async () => (await query(database.url, waiting)).length > 0, { what: 'truncate to wait' });
    await other.query('select from a');
    await other.query('commit');
    await truncated;
  } finally {
    await other.end();
  }
  expect(await query(database.url, 'select from a union all select from b')).toEqual([]);
});
