import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { connectPostgres, PostgresThreadStore, type Database } from '../src/index.ts';
import { capabilities } from './support/capabilities.ts';
import { emptyTables } from './support/databases.ts';
import { walledDatabase, type WalledDatabase } from './support/walled.ts';

let opened: WalledDatabase;
beforeAll(async () => {
  opened = await walledDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

const factory: ContractFactory = {
  name: 'PostgresThreadStore on a server, behind the wall between tenants',
  capabilities,
  isolatedStorages: false,
  createStorage: async (options) => {
    await emptyTables(opened.admin);
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
