import { threadStoreContract } from '@threadstore/contract-tests';
import { describe, test } from 'vitest';
import { MemoryStorage, MemoryThreadStore } from '../src/index.ts';

threadStoreContract({
  describe,
  test,
  factory: {
    name: 'MemoryThreadStore',
    capabilities: new MemoryThreadStore().capabilities,
    createStorage: (options = {}) => {
      const storage = new MemoryStorage();
      return Promise.resolve({
        open: () => Promise.resolve(new MemoryThreadStore({ ...options, storage })),
        destroy: () => Promise.resolve(),
      });
    },
  },
});
