import { MemoryStorage, MemoryThreadStore } from '@threadstore/core';
import { describe } from 'vitest';
import { lifeCycle, type Stores } from './codex/life-cycle.ts';

const stores: Stores = (options = {}) => {
  const storage = new MemoryStorage();
  return Promise.resolve([
    new MemoryThreadStore({ storage, ...options }),
    new MemoryThreadStore({ storage, ...options }),
  ]);
};

describe('sessions of Codex, two replicas in memory', () => {
  lifeCycle(stores);
});
