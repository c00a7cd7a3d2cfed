import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepared } from '../src/database.ts';
import { connectPostgres, PostgresThreadStore, type Database } from '../src/index.ts';
import { serverDatabase, type TestDatabase } from './support/databases.ts';
import { items, writtenThread, type Written } from './support/threads.ts';

let opened: TestDatabase & { readonly url: string };
beforeAll(async () => {
  opened = await serverDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

/** One connection, so that what a test does to its session meets the next statement. */
function connect(): Database {
  return connectPostgres({ connectionString: opened.url, poolSize: 1 });
}

async function names(database: Database): Promise<readonly (string | null)[]> {
  const rows = await database.query('select name from pg_prepared_statements order by name');
  return rows.map((row) => row['name'] ?? null);
}

/** Appends a batch and reads it: the statements that have names. */
async function use(store: PostgresThreadStore, { threadId, epoch }: Written, sequence: bigint): Promise<void> {
  const { firstOrdinal } = await store.appendItems({ threadId, epoch, sequence, items: items(2, `${sequence}`) });
  const batches: string[] = [];
  for await (const batch of store.streamHistory({ threadId, fromOrdinal: firstOrdinal })) batches.push(...batch.items);
  expect(batches).toEqual(items(2, `${sequence}`));
}

test('what is run often is planned once on a connection', async () => {
  await using database = connect();
  const store = new PostgresThreadStore({ database });
  const writer = await writtenThread(store);
  await use(store, writer, 1n);
  const before = await names(database);
  expect(before.length).toBeGreaterThan(1);
  await use(store, writer, 2n);
  expect(await names(database)).toEqual(before);
});

test('a server that has forgotten the names: the statement is repeated, and none is named again', async () => {
  await using database = connect();
  const store = new PostgresThreadStore({ database });
  const writer = await writtenThread(store);
  await database.query('deallocate all');
  await use(store, writer, 1n);
  expect(await names(database)).toEqual([]);
  await use(store, writer, 2n);
});

test('a server that has a name already, of another connection of a pooler: the same', async () => {
  await using first = connect();
  await writtenThread(new PostgresThreadStore({ database: first }));
  const taken = await names(first);
  await using second = connect();
  for (const name of taken) await second.query(`prepare ${name} as select 1`);
  const store = new PostgresThreadStore({ database: second });
  await use(store, await writtenThread(store), 1n);
  expect(await names(second)).toEqual(taken);
});

test('a statement of a transaction has no name: a repetition could not mend it', async () => {
  await using database = connect();
  const rows = await database.transaction(({ query }) => query(prepared('select $1::int + 1 as two'), ['1']));
  expect(rows).toEqual([{ two: '2' }]);
  expect(await names(database)).toEqual([]);
});
