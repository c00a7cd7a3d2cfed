import { createScratchDatabase, migrated } from '@threadstore/testkit';
import { connectPostgres, migrate, openEmbedded, type ConnectPostgresOptions, type Database } from '../../src/index.ts';
import { indexTables } from '../../src/thread-index/index-tables.ts';

/** A migrated database and, where it is on a server, its URL. Whoever makes it disposes of it. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly url: string | undefined;
}

export async function serverDatabase(
  options: Omit<ConnectPostgresOptions, 'connectionString'> = {},
): Promise<TestDatabase & { readonly url: string }> {
  const scratch = await createScratchDatabase(migrated);
  const database = connectPostgres({ ...options, connectionString: scratch.url });
  return {
    database,
    url: scratch.url,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await scratch.drop();
    },
  };
}

export async function embeddedDatabase(): Promise<TestDatabase> {
  const database = await openEmbedded();
  await migrate(database);
  return { database, url: undefined, [Symbol.asyncDispose]: () => database.close() };
}

/** The databases that every test of SQL runs on. */
export const backends: readonly { readonly name: string; readonly open: () => Promise<TestDatabase> }[] = [
  { name: 'server', open: () => serverDatabase() },
  { name: 'embedded', open: embeddedDatabase },
];

export async function emptyTables(database: Database): Promise<void> {
  const tables = ['threads', 'items', 'external_appends', ...indexTables].map((table) => `threadstore.${table}`);
  await database.query(`truncate ${tables.join(', ')}`);
}
