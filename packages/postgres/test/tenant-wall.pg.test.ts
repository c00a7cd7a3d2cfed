import { createScratchRole } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DatabaseFailure, prepared } from '../src/database.ts';
import { connectPostgres, PostgresThreadStore, reindexThreads, tenantWarnings, type Database } from '../src/index.ts';
import { emptyTables } from './support/databases.ts';
import { turn } from './support/sessions.ts';
import { writtenThread } from './support/threads.ts';
import { walledDatabase, type WalledDatabase } from './support/walled.ts';

let opened: WalledDatabase;
beforeAll(async () => {
  opened = await walledDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

const tenantTables = `
  select relname as name, relrowsecurity::text as enabled, relforcerowsecurity::text as forced,
    (select attname from pg_attribute where attrelid = pg_class.oid and attnum = indkey[0]) as first_of_key,
    array(select polcmd::text from pg_policy where polrelid = pg_class.oid order by 1)::text as commands,
    array(select distinct pg_get_expr(polqual, polrelid) from pg_policy where polrelid = pg_class.oid and polqual is not null
          order by 1)::text as shown
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace and nspname = 'threadstore'
  left join pg_index on indrelid = pg_class.oid and indisprimary
  where relkind in ('r', 'p')
    and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'tenant' and not attisdropped)
  order by relname`;

test('each table with a tenant has it first in its key, and policies that hold for its owner, too', async () => {
  const own = `(tenant = current_setting('threadstore.tenant'::text, true))`;
  const tables = await opened.admin.query(tenantTables);
  expect(tables.length).toBeGreaterThanOrEqual(8);
  for (const table of tables) {
    const isWords = table['name'] === 'messages';
    expect(table).toEqual({
      name: table['name'],
      enabled: 'true',
      forced: 'true',
      first_of_key: 'tenant',
      // All commands; or select, insert, update and delete apart.
      commands: isWords ? '{a,d,r,w}' : '{*}',
      shown: isWords ? `{"${own}",true}` : `{"${own}"}`,
    });
  }
});

test('whatever else the schema holds is of no tenant', async () => {
  const others = await opened.admin.query(`
    select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace and nspname = 'threadstore'
    where relkind not in ('i', 'S') and relname <> 'migrations'
      and not exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'tenant')`);
  expect(others).toEqual([]);
});

/** Statements that forgot their tenant. */
const shows = 'select tenant from threadstore.threads';
const changes = `update threadstore.threads set title = 'changed' returning tenant`;
const removes = 'delete from threadstore.items returning tenant';
const forgetful: readonly string[] = [
  shows,
  changes,
  removes,
  'select tenant from threadstore.items',
  'select tenant from threadstore.turns',
  `update threadstore.turns set error_message = 'x' returning tenant`,
  `update threadstore.messages set by_tool = true returning tenant`,
  'delete from threadstore.messages returning tenant',
];

/** With names for what is run often, as on a server, and without, as behind a pooler. */
describe.each(['with names', 'without'])('statements %s', (names) => {
  let database: Database;
  let ours: Database;
  let theirs: Database;

  beforeEach(async () => {
    await emptyTables(opened.admin);
    // One connection for all tenants, and for none.
    database = connectPostgres({ connectionString: opened.url, poolSize: 1 });
    if (names === 'without') {
      await database.query(prepared('select 1'));
      await database.query('deallocate all');
      await database.query(prepared('select 1'));
    }
    for (const tenant of ['ours', 'theirs']) {
      await using store = new PostgresThreadStore({ database, tenant });
      await writtenThread(store, turn('a', tenant));
      await reindexThreads(database, { tenant });
    }
    ours = database.forTenant('ours');
    theirs = database.forTenant('theirs');
  });
  afterAll(() => emptyTables(opened.admin));

  /** Closes the connection after the work. */
  async function once<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      await database.close();
    }
  }

  const tenants = async (rows: Promise<readonly { readonly tenant?: string | null }[]>) => [
    ...new Set((await rows).map(({ tenant }) => tenant)),
  ];

  test.each(forgetful)('%s: only of its own tenant', (text) =>
    once(async () => {
      for (const statement of [text, prepared(text)]) {
        expect(await tenants(ours.query(statement))).toEqual(
          text.startsWith('delete') && typeof statement !== 'string' ? [] : ['ours'],
        );
      }
      expect(await tenants(theirs.transaction(({ query }) => query(text)))).toEqual(['theirs']);
      expect(await database.query(text)).toEqual([]);
      expect(await database.transaction(({ query }) => query(text))).toEqual([]);
    }),
  );

  test('names are as said', () =>
    once(async () => {
      await ours.query(prepared(shows));
      const says = `select set_config('threadstore.tenant', $1, true)`;
      const known = await database.query('select from pg_prepared_statements where statement in ($1, $2)', [
        says,
        shows,
      ]);
      expect(known).toHaveLength(names === 'without' ? 0 : 2);
    }));

  test('nothing is left on the connection, after success, failure, and the end of a transaction', () =>
    once(async () => {
      const setting = `select current_setting('threadstore.tenant', true) as tenant, pg_backend_pid()::text as pid`;
      const [first] = await database.query(setting);
      const none = { tenant: '', pid: first?.['pid'] };
      expect(await ours.query(setting)).toEqual([{ ...none, tenant: 'ours' }]);
      expect(await database.query(setting)).toEqual([none]);
      for (const broken of ['select 1 / 0', 'select no_such_column', prepared('select 1 / 0'), prepared('nonsense')]) {
        await expect(theirs.query(broken)).rejects.toBeInstanceOf(DatabaseFailure);
        expect(await database.query(setting)).toEqual([none]);
        expect(await tenants(ours.query(shows))).toEqual(['ours']);
        await expect(theirs.transaction(({ query }) => query(broken))).rejects.toBeInstanceOf(DatabaseFailure);
        expect(await database.query(setting)).toEqual([none]);
        expect(await tenants(ours.query(prepared(shows)))).toEqual(['ours']);
      }
      expect(await theirs.transaction(({ query }) => query(setting))).toEqual([{ ...none, tenant: 'theirs' }]);
      expect(await database.query(setting)).toEqual([none]);
    }));

  test('a row of another tenant is not written', () =>
    once(async () => {
      const insert = `insert into threadstore.messages_behind (tenant, thread_id, from_ordinal, until_ordinal)
        values ('theirs', gen_random_uuid(), 0, 1)`;
      const move = `update threadstore.threads set tenant = 'theirs'`;
      const words = `insert into threadstore.messages (tenant, thread_id, ordinal, by_tool, words)
        values ('theirs', gen_random_uuid(), 0, false, '')`;
      for (const text of [insert, move, words])
        await expect(ours.query(text)).rejects.toMatchObject({ kind: 'refused', code: '42501' });
      for (const text of [insert, words])
        await expect(database.query(text)).rejects.toMatchObject({ kind: 'refused', code: '42501' });
      await database.query(move);
      expect(await opened.admin.query('select tenant from threadstore.threads order by tenant')).toEqual([
        { tenant: 'ours' },
        { tenant: 'theirs' },
      ]);
    }));
});

test.each([[`it's`], ['back\\slash'], ['"; drop table x; --'], ['$1'], ['ä 🎈'], ['x'.repeat(255)]])(
  'a tenant of any name is itself: %s',
  async (tenant) => {
    const own = opened.database.forTenant(tenant);
    const setting = `select current_setting('threadstore.tenant') as tenant`;
    expect(await own.query(setting)).toEqual([{ tenant }]);
    expect(await own.transaction(({ query }) => query(setting))).toEqual([{ tenant }]);
  },
);

test('words of all tenants may be read, and nothing else of them', async () => {
  await emptyTables(opened.admin);
  await using store = new PostgresThreadStore({ database: opened.database, tenant: 'theirs' });
  await writtenThread(store, turn('a', 'secret'));
  await reindexThreads(opened.database, { tenant: 'theirs' });
  const ours = opened.database.forTenant('ours');
  expect((await ours.query('select words from threadstore.messages')).length).toBeGreaterThan(0);
  await using other = new PostgresThreadStore({ database: opened.database, tenant: 'ours' });
  expect((await store.searchThreads({ searchTerm: 'secret' })).hits).toHaveLength(1);
  expect((await other.searchThreads({ searchTerm: 'secret' })).hits).toEqual([]);
});

test('whoever is above the wall is told', async () => {
  expect(await tenantWarnings(opened.database)).toEqual([]);
  expect(await tenantWarnings(opened.admin)).toEqual([
    'the user is a superuser, for whom the database does not hold tenants apart: serve as a role without privileges',
  ]);
  await using role = await createScratchRole(opened.adminUrl, 'bypassrls');
  await opened.admin.query(`grant usage on schema threadstore to ${role.name}`);
  await opened.admin.query(`grant select on threadstore.migrations to ${role.name}`);
  await using database = connectPostgres({ connectionString: role.url });
  expect(await tenantWarnings(database)).toEqual([
    'the user has bypassrls, so that the database does not hold tenants apart for it: serve as a role without privileges',
  ]);
  await database.close();
});
