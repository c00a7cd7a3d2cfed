import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { capabilities } from './support/capabilities.ts';
import { embeddedDatabase, emptyTables, type TestDatabase } from './support/databases.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await embeddedDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

const factory: ContractFactory = {
  name: 'PostgresThreadStore, embedded',
  capabilities,
  isolatedStorages: false,
  createStorage: async (options) => {
    await emptyTables(opened.database);
    return {
      open: async () => new PostgresThreadStore({ ...options, database: opened.database }),
      destroy: async () => undefined,
    };
  },
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
