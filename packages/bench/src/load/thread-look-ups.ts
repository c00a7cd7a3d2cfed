import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';
import { remoteStore } from './remote-store.ts';

/** Readers that look up the metadata of a thread each, by unary calls, one after another. */
export const threadLookUps: OpenLoad = async ({ workers = 1, ...service }) => {
  const store = remoteStore(service);
  const readers = await Promise.all(
    Array.from({ length: workers }, async () => {
      const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
      // A thread without an item is not there for readers.
      await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
      return async (): Promise<number> => {
        await store.readThread({ threadId });
        return 1;
      };
    }),
  );
  return { round: (seconds) => repeat(readers, seconds) };
};
