import { describe, test } from 'node:test';
import { threadStoreContract } from '@threadstore/contract-tests';
import { MemoryStorage, MemoryThreadStore } from '@threadstore/core';

threadStoreContract({
  describe,
  test,
  factory: {
    name: 'MyThreadStore',
    capabilities: new MemoryThreadStore().capabilities,
    createStorage: async (options) => {
      const storage = new MemoryStorage();
      return {
        open: async () => new MemoryThreadStore({ ...options, storage }),
        destroy: async () => {},
      };
    },
  },
});
