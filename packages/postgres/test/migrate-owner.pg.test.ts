import { randomUUID } from 'node:crypto';
import { createScratchRole } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { migrations, type Migration } from '../src/gen/migrations.ts';
import {
  enforceTenants,
  grantServing,
  migrate,
  PostgresThreadStore,
  reindexThreads,
  tenantWarnings,
  type Database,
} from '../src/index.ts';
import { checkSchemaFor, migrateTo } from '../src/migrate.ts';
import { failure } from './support/errors.ts';
import { ownedDatabase } from './support/owned.ts';
import { turn } from './support/sessions.ts';
import { writtenThread } from './support/threads.ts';
import { walledDatabase } from './support/walled.ts';

const latest = migrations.length;
const lacksPrivilege = { code: 'unavailable', message: "the database's user lacks a privilege" };

const tenants = ['one', 'other', 'zero'] as const;

/** A thread of each tenant, as a version before the wall wrote it. */
async function fillOld(database: Database): Promise<string> {
  const threadId = randomUUID();
  const texts = turn('a', 'something');
  await database.query(
    `insert into threadstore.threads (tenant, thread_id, writer_epoch, writer_seq, next_ordinal, materialized, index_from, cwd)
     select tenant, $2::uuid, 1, 1, $3::bigint, true, 0, '/' || tenant from unnest($1::text[]) as tenant`,
    [tenants, threadId, `${texts.length}`],
  );
  await database.query(
    `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
     select tenant, $2::uuid, n - 1, 1, 0, body
     from unnest($1::text[]) as tenant, unnest($3::text[]) with ordinality as item (body, n)`,
    [tenants, threadId, texts],
  );
  return threadId;
}

async function titles(database: Database): Promise<readonly unknown[]> {
  return (await database.query('select title from threadstore.threads order by tenant')).map(({ title }) => title);
}

test('an upgrade: both versions work on one database until the wall is asked for', async () => {
  await using opened = await ownedDatabase();
  const { database } = opened;
  const older = migrations.slice(0, 4);
  await migrateTo(database, older);
  const threadId = await fillOld(database);
  expect(await migrate(database)).toEqual({ from: 4, to: latest });

  // The older version, which names its tenant in its statements alone.
  await checkSchemaFor(database, older);
  expect(await database.query('select from threadstore.threads')).toHaveLength(3);
  await using store = new PostgresThreadStore({ database, tenant: 'one' });
  expect((await store.readThread({ threadId })).nextOrdinal).toBe(4n);
  expect(await tenantWarnings(database)).toEqual([expect.stringContaining('--enforce-tenants')]);
  expect(await migrate(database)).toEqual({ from: latest, to: latest });
  expect(await tenantWarnings(database)).toHaveLength(1);

  await enforceTenants(database);
  expect(await tenantWarnings(database)).toEqual([]);
  expect(await database.query('select from threadstore.threads')).toEqual([]);
  await expect(checkSchemaFor(database, older)).rejects.toMatchObject({
    code: 'unavailable',
    message: `the database's schema is of a newer threadstore, use that one (got ${latest}, known 4)`,
  });
  expect((await store.readThread({ threadId })).nextOrdinal).toBe(4n);
  expect((await store.listThreads({ cwdFilters: ['/one'] })).threads).toHaveLength(1);
  expect((await store.listThreads({ cwdFilters: ['/other'] })).threads).toEqual([]);
  await enforceTenants(database);
  await database.close();
});

test('the owner reindexes all tenants behind the wall, and it stands after it', async () => {
  await using opened = await ownedDatabase();
  const { database } = opened;
  await migrate(database);
  expect(await reindexThreads(database)).toEqual({ threads: 0, items: 0n });
  const threadId = await fillOld(opened.admin);
  const seen: string[] = [];
  const onThread = ({ tenant }: { readonly tenant: string }): void => void seen.push(tenant);
  expect(await reindexThreads(database, { onThread })).toEqual({ threads: 3, items: 12n });
  expect(seen).toEqual(tenants);
  expect(await reindexThreads(database, { threadId })).toEqual({ threads: 3, items: 12n });
  expect(await reindexThreads(database, { tenant: 'other' })).toEqual({ threads: 1, items: 4n });
  expect(await failure(reindexThreads(database, { threadId: randomUUID() }))).toMatchObject({ code: 'not_found' });
  expect(await database.query('select from threadstore.threads')).toEqual([]);
  for (const tenant of tenants) {
    await using store = new PostgresThreadStore({ database, tenant });
    expect((await store.searchThreads({ searchTerm: 'something' })).hits).toHaveLength(1);
  }
  await database.close();
});

test('a later migration goes through rows of all tenants, and its tables are behind the wall, too', async () => {
  await using opened = await ownedDatabase();
  const { database } = opened;
  await migrate(database);
  await fillOld(opened.admin);
  const sql = (force: string): string =>
    `${force} update threadstore.threads set title = 'migrated'; create table threadstore.later_${force.length} (tenant text primary key)`;
  const forgetful: Migration = { number: latest + 1, breaking: false, sql: sql('') };
  await migrateTo(database, [...migrations, forgetful]);
  expect(await titles(opened.admin)).toEqual([null, null, null]);
  const letDown = 'alter table threadstore.threads no force row level security;';
  const mindful: Migration = { number: latest + 2, breaking: false, sql: sql(letDown) };
  await migrateTo(database, [...migrations, forgetful, mindful]);
  expect(await titles(opened.admin)).toEqual(['migrated', 'migrated', 'migrated']);
  expect(await titles(database)).toEqual([]);
  // Without a policy nobody sees anything.
  await opened.admin.query(`insert into threadstore.later_0 (tenant) values ('one')`);
  expect(await database.forTenant('one').query('select from threadstore.later_0')).toEqual([]);
  await database.close();
});

test('a role that may serve can do what a store does, and nothing else', async () => {
  await using opened = await walledDatabase();
  const { database } = opened;
  await using store = new PostgresThreadStore({ database, tenant: 'one' });
  const { threadId } = await writtenThread(store, turn('a', 'something'));
  await store.forkThread({ threadId: randomUUID(), sourceThreadId: threadId });
  expect((await store.searchThreads({ searchTerm: 'something' })).hits).toHaveLength(2);
  await store.deleteThread({ threadId });
  // Where the words of new messages wait is emptied, which Postgres lets owners do.
  await database.query('select threadstore.sort_words_in()');
  expect(await reindexThreads(database, { tenant: 'one' })).toMatchObject({ threads: 1 });
  expect(await failure(reindexThreads(database))).toMatchObject(lacksPrivilege);
  expect(await failure(enforceTenants(database))).toMatchObject({ code: 'unavailable' });
  for (const text of [
    'alter table threadstore.threads disable row level security',
    'alter table threadstore.threads no force row level security',
    'drop policy own_tenant on threadstore.threads',
    'truncate threadstore.threads',
    'create table threadstore.mine ()',
    'insert into threadstore.migrations (number, breaking) values (99, true)',
    'delete from threadstore.migrations',
    'set role pg_write_all_data',
  ]) {
    await expect(database.query(text)).rejects.toMatchObject({ kind: 'refused', code: '42501' });
  }
});

test('what a later migration makes can be served, too', async () => {
  await using opened = await walledDatabase();
  const sql = `
    create table threadstore.later (tenant text primary key, number bigint default nextval('threadstore.message_notes'));
    create policy own_tenant on threadstore.later using (tenant = current_setting('threadstore.tenant', true))`;
  await migrateTo(opened.admin, [...migrations, { number: latest + 1, breaking: false, sql }]);
  const one = opened.database.forTenant('one');
  await one.query(`insert into threadstore.later (tenant) values ('one')`);
  expect(await one.query('select tenant from threadstore.later')).toEqual([{ tenant: 'one' }]);
  expect(await opened.database.forTenant('other').query('select from threadstore.later')).toEqual([]);
});

test('a role that is not there, or a schema of somebody else, is told', async () => {
  await using opened = await walledDatabase();
  const [row] = await opened.database.query('select current_user::text as name');
  const role = row?.['name'] ?? '';
  await grantServing(opened.admin, role);
  expect(await failure(grantServing(opened.admin, 'no "such" role'))).toMatchObject({
    code: 'unavailable',
    message: 'there is no role of that name',
  });
  await using other = await createScratchRole(opened.adminUrl);
  expect(await failure(grantServing(opened.database, other.name))).toMatchObject(lacksPrivilege);
});
