import { threadStoreContract } from '@threadstore/contract-tests';
import { MemoryStorage, MemoryThreadStore } from '@threadstore/core';
import { describe, test, vi } from 'vitest';

// Seconds where the default is five: the model test makes some thousand calls.
vi.setConfig({ testTimeout: 60_000 });

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
