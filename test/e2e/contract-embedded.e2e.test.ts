import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteThreadStore } from '@threadstore/client';
import { threadStoreContract } from '@threadstore/contract-tests';
import { afterAll, describe, test } from 'vitest';
import { deleteAllThreads, ServedStorages } from './support/served-storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'threadstore-e2e-'));
let services = 0;
const storages = new ServedStorages(
  // A folder belongs to one process.
  { args: () => ['--data-dir', join(folder, `${(services += 1)}`)], env: () => ({}) },
  deleteAllThreads,
);

afterAll(async () => {
  await storages.stop();
  rmSync(folder, { recursive: true, force: true });
});

threadStoreContract({
  describe,
  test,
  modelRuns: 10,
  factory: {
    name: 'RemoteThreadStore over a socket, `threadstore serve` with the embedded database',
    capabilities: new RemoteThreadStore({ endpoint: '127.0.0.1:1' }).capabilities,
    isolatedStorages: false,
    createStorage: (options) => storages.createStorage(options),
  },
});
