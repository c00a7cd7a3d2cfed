import { RemoteThreadStore } from '@threadstore/client';
import { items } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';

const batch = items(500);

/** One writer of one thread, which appends batches without waiting for those before: `workers` of them are under way. */
export const threadstoreBatches: OpenLoad = async ({ place, workers = 1 }) => {
  const store = new RemoteThreadStore({ endpoint: place });
  const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
  let next = 0n;
  const append = async (): Promise<number> => {
    const sequence = next;
    next += 1n;
    await store.appendItems({ threadId, epoch, sequence, items: batch });
    return batch.length;
  };
  return {
    round: (seconds) =>
      repeat(
        Array.from({ length: workers }, () => append),
        seconds,
      ),
  };
};
