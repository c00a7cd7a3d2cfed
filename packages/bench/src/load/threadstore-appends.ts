import { RemoteThreadStore } from '@threadstore/client';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';

/** Writers that append one item at a time, each to a thread and each waiting for the answer. */
export const threadstoreAppends: OpenLoad = async ({ place, threadId, workers = 1 }) => {
  const store = new RemoteThreadStore({ endpoint: place });
  const writers = await Promise.all(
    Array.from({ length: workers }, async () => {
      const own =
        threadId === undefined
          ? await store.createThread({ threadId: crypto.randomUUID() })
          : await store.resumeThread({ threadId });
      let sequence = 0n;
      return async (): Promise<number> => {
        await store.appendItems({ threadId: own.threadId, epoch: own.epoch, sequence, items: [item] });
        sequence += 1n;
        return 1;
      };
    }),
  );
  return { round: (seconds) => repeat(writers, seconds) };
};
