import { MemoryStorage, MemoryThreadStore, type StoreCapabilities, type ThreadStore } from '@threadstore/core';
import type { ContractFactory } from '../src/index.ts';

/** Memory stores, each as it is or seen through a wrapper, which may take some capabilities away. */
export function memoryFactory(
  wrap: (store: ThreadStore) => ThreadStore = (store) => store,
  without: Partial<StoreCapabilities> = {},
): ContractFactory {
  return {
    name: 'memory',
    capabilities: { ...new MemoryThreadStore().capabilities, ...without },
    createStorage: (options = {}) => {
      const storage = new MemoryStorage();
      return Promise.resolve({
        open: () => Promise.resolve(wrap(new MemoryThreadStore({ ...options, storage }))),
        destroy: () => Promise.resolve(),
      });
    },
  };
}
