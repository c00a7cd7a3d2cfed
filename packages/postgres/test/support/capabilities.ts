import type { StoreCapabilities } from '@threadstore/core';

/** What a PostgresThreadStore has of the optional operations. */
export const capabilities: StoreCapabilities = {
  readThreadByRolloutPath: false,
  listTurns: false,
  listItems: false,
  searchThreads: false,
  forkThread: false,
  loadModelContext: false,
  tailThread: false,
  watchThreads: false,
};
