import { RemoteThreadStore } from '@threadstore/client';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';

/** A reader that reads a thread from an ordinal to its end, again and again. */
export const threadstoreReads: OpenLoad = async ({ place, threadId = '', parse = false, fromOrdinal = 0 }) => {
  const store = new RemoteThreadStore({ endpoint: place });
  const read = async (): Promise<number> => {
    const objects: unknown[] = [];
    for await (const { items } of store.streamHistory({ threadId, fromOrdinal: BigInt(fromOrdinal) })) {
      for (const text of items) objects.push(parse ? JSON.parse(text) : text);
    }
    return objects.length;
  };
  return { round: (seconds) => repeat([read], seconds) };
};
