import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { MemoryThreadStore } from '@threadstore/core';
import { describe, test } from 'vitest';
import { remoteCapabilities, remoteStorage } from './support/remote-storage.ts';

const factory: ContractFactory = {
  name: 'RemoteThreadStore over a service in this process, in memory',
  capabilities: remoteCapabilities,
  createStorage: async (options = {}) => remoteStorage(new MemoryThreadStore(options), options.limits),
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
