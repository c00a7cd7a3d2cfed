import type { StoreCapabilities } from '@threadstore/core';

/** What a PostgresThreadStore has of the optional operations. */
export const capabilities: StoreCapabilities = {
  readThreadByRolloutPath: false,
  listTurns: true,
  listItems: true,
  searchThreads: true,
  forkThread: true,
  loadModelContext: false,
  tailThread: false,
  watchThreads: false,
};
