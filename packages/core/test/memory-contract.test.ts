import { liveLayerContract, threadStoreContract, type ContractFactory } from '@threadstore/contract-tests';
import { describe, test } from 'vitest';
import { MemoryStorage, MemoryThreadStore } from '../src/index.ts';

const factory: ContractFactory = {
  name: 'MemoryThreadStore',
  capabilities: new MemoryThreadStore().capabilities,
  createStorage: (options = {}) => {
    const storage = new MemoryStorage();
    return Promise.resolve({
      open: () => Promise.resolve(new MemoryThreadStore({ ...options, storage })),
      destroy: () => Promise.resolve(),
    });
  },
};

threadStoreContract({ describe, test, factory });
liveLayerContract({ describe, test, factory });
