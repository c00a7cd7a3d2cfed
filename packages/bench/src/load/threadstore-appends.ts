import { sessionItems } from '../contenders/fill.ts';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';
import { remoteStore } from './remote-store.ts';

/** Writers that append one item at a time, each to a thread and each waiting for the answer. */
export const threadstoreAppends: OpenLoad = async ({ threadId, workers = 1, sessions = false, ...service }) => {
  const store = remoteStore(service);
  const writers = await Promise.all(
    Array.from({ length: workers }, async (_, writer) => {
      const next = sessions ? sessionItems(writer) : () => [item];
      const own =
        threadId === undefined
          ? await store.createThread({ threadId: crypto.randomUUID() })
          : await store.resumeThread({ threadId });
      let sequence = 0n;
      return async (): Promise<number> => {
        await store.appendItems({ threadId: own.threadId, epoch: own.epoch, sequence, items: next(1) });
        sequence += 1n;
        return 1;
      };
    }),
  );
  return { round: (seconds) => repeat(writers, seconds) };
};
