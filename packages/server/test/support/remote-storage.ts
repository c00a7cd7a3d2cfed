import { RemoteThreadStore } from '@threadstore/client';
import type { ContractStorage } from '@threadstore/contract-tests';
import type { StoreCapabilities, ThreadStore } from '@threadstore/core';
import { createThreadStoreServer, type ThreadStoreServerOptions } from '../../src/server.ts';

/** What a remote store can do. */
export const remoteCapabilities: StoreCapabilities = {
  readThreadByRolloutPath: false,
  listTurns: true,
  listItems: true,
  searchThreads: true,
  forkThread: true,
  loadModelContext: false,
  tailThread: false,
  watchThreads: false,
};

/** A storage behind a service in this process: each store object is a client with a connection of its own. */
export async function remoteStorage(
  store: ThreadStore,
  limits: ThreadStoreServerOptions['limits'],
): Promise<ContractStorage> {
  const server = createThreadStoreServer({ store, ...(limits === undefined ? {} : { limits }) });
  const { host, port } = await server.listen('127.0.0.1:0');
  return {
    // The suite looks at leases that lapse.
    open: async () => new RemoteThreadStore({ endpoint: `${host}:${port}`, keepLeases: false }),
    destroy: async () => {
      await server.drain();
      await store.close();
    },
  };
}
