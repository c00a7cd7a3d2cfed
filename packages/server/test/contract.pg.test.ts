import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { connectPostgres, PostgresThreadStore, type Database } from '@threadstore/postgres';
import { createScratchDatabase, migrated, type ScratchDatabase, truncateAll } from '@threadstore/testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { remoteCapabilities, remoteStorage } from './support/remote-storage.ts';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createScratchDatabase(migrated);
  database = connectPostgres({ connectionString: scratch.url });
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

const factory: ContractFactory = {
  name: 'RemoteThreadStore over a service in this process, in Postgres',
  capabilities: remoteCapabilities,
  isolatedStorages: false,
  createStorage: async (options = {}) => {
    await truncateAll(scratch.url, { keep: ['migrations'] });
    return remoteStorage(new PostgresThreadStore({ database, ...options }), options.limits);
  },
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
