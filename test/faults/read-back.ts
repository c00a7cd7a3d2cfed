import { RemoteThreadStore } from '@threadstore/client';
import { type ThreadStore, ThreadStoreError } from '@threadstore/core';
import type { Recorder } from './history/recorder.ts';
import type { Replica } from './nemesis/replica.ts';
import { readItem } from './workload/item-text.ts';
import { Lookout, watched } from './workload/lookout.ts';

/** Reads all threads to their ends through a replica, and records what is there. */
export async function readBack(
  replica: Replica,
  token: string,
  threads: readonly string[],
  recorder: Recorder,
): Promise<void> {
  await using remote = new RemoteThreadStore({ endpoint: replica.endpoint, credentials: { token } });
  const store = watched(remote, new Lookout(`the last reader of ${replica.name}`, 'owner', recorder));
  for (const thread of threads) {
    try {
      await readThread(store, replica.name, thread, recorder);
    } catch (error) {
      if (!(error instanceof ThreadStoreError)) throw error;
      const reason = `${error.reason}: ${error.message}`;
      recorder.record({ type: 'readFailed', via: replica.name, thread, reason });
    }
  }
}

async function readThread(store: ThreadStore, via: string, thread: string, recorder: Recorder): Promise<void> {
  const { nextOrdinal } = await store.readThread({ threadId: thread, includeArchived: true });
  for await (const { firstOrdinal, items } of store.streamHistory({ threadId: thread, includeArchived: true })) {
    recorder.record({ type: 'read', via, thread, first: Number(firstOrdinal), items: items.map(readItem) });
  }
  recorder.record({ type: 'readEnd', via, thread, nextOrdinal: Number(nextOrdinal) });
}
