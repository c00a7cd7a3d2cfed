import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { connectPostgres, PostgresThreadStore, type Database } from '../src/index.ts';
import { capabilities } from './support/capabilities.ts';
import { emptyTables, serverDatabase, type TestDatabase } from './support/databases.ts';

let opened: TestDatabase & { readonly url: string };
beforeAll(async () => {
  opened = await serverDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

const factory: ContractFactory = {
  name: 'PostgresThreadStore on a server',
  capabilities,
  isolatedStorages: false,
  createStorage: async (options) => {
    await emptyTables(opened.database);
    // As many processes have it: a pool for each store.
    const databases: Database[] = [];
    return {
      open: async () => {
        const database = connectPostgres({ connectionString: opened.url, poolSize: 4 });
        databases.push(database);
        return new PostgresThreadStore({ ...options, database });
      },
      destroy: async () => {
        await Promise.all(databases.map((database) => database.close()));
      },
    };
  },
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
