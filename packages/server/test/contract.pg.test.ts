import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { connectPostgres, PostgresThreadStore, type Database } from '@threadstore/postgres';
import {
  createScratchDatabase,
  createServingRole,
  migrated,
  type ScratchDatabase,
  type ScratchRole,
  truncateAll,
} from '@threadstore/testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { remoteCapabilities, remoteStorage } from './support/remote-storage.ts';

let scratch: ScratchDatabase;
let role: ScratchRole;
let database: Database;

beforeAll(async () => {
  scratch = await createScratchDatabase(migrated);
  role = await createServingRole(scratch.url);
  database = connectPostgres({ connectionString: role.url });
});
afterAll(async () => {
  await database.close();
  await role.drop();
  await scratch.drop();
});

const factory: ContractFactory = {
  name: 'RemoteThreadStore over a service in this process, in Postgres behind the wall between tenants',
  capabilities: remoteCapabilities,
  isolatedStorages: false,
  createStorage: async (options = {}) => {
    await truncateAll(scratch.url, { keep: ['migrations'] });
    return remoteStorage(new PostgresThreadStore({ database, ...options }), options.limits);
  },
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
