import { MemoryStorage, MemoryThreadStore } from '@threadstore/core';
import { describe } from 'vitest';
import { bothWays } from './codex/both-ways.ts';
import { contents } from './codex/contents.ts';
import { lifeCycle, type Stores } from './codex/life-cycle.ts';
import { lists } from './codex/lists.ts';
import { metadata } from './codex/metadata.ts';

const stores: Stores = (options = {}) => {
  const storage = new MemoryStorage();
  return Promise.resolve([
    new MemoryThreadStore({ storage, ...options }),
    new MemoryThreadStore({ storage, ...options }),
  ]);
};

describe('Codex, two replicas in memory', () => {
  lifeCycle(stores);
  contents(stores);
  metadata(stores);
  lists(stores);
  bothWays(stores);
});
