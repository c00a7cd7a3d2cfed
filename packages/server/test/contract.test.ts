import { threadStoreContract } from '@threadstore/contract-tests';
import { MemoryThreadStore } from '@threadstore/core';
import { describe, test } from 'vitest';
import { remoteCapabilities, remoteStorage } from './support/remote-storage.ts';

threadStoreContract({
  describe,
  test,
  factory: {
    name: 'RemoteThreadStore over a service in this process, in memory',
    capabilities: remoteCapabilities,
    createStorage: async (options = {}) => remoteStorage(new MemoryThreadStore(options), options.limits),
  },
});
