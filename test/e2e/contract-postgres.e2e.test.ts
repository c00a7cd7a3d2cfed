import { RemoteThreadStore } from '@threadstore/client';
import { threadStoreContract } from '@threadstore/contract-tests';
import { createScratchDatabase, migrated, truncateAll, type ScratchDatabase } from '@threadstore/testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ServedStorages } from './support/served-storage.ts';

let database: ScratchDatabase;
const storages = new ServedStorages({ args: () => [], env: () => ({ DATABASE_URL: database.url }) }, () =>
  truncateAll(database.url, { keep: ['migrations'] }),
);

beforeAll(async () => {
  database = await createScratchDatabase(migrated);
});
afterAll(async () => {
  await storages.stop();
  await database.drop();
});

threadStoreContract({
  describe,
  test,
  modelRuns: 10,
  factory: {
    name: 'RemoteThreadStore over a socket, `threadstore serve` with a Postgres server',
    capabilities: new RemoteThreadStore({ endpoint: '127.0.0.1:1' }).capabilities,
    isolatedStorages: false,
    createStorage: (options) => storages.createStorage(options),
  },
});
