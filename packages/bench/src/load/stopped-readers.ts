import { RemoteThreadStore } from '@threadstore/client';
import { itemBytes } from '../item.ts';
import type { OpenLoad } from './load.ts';

/** Items until a reader stops: what it had begun with is behind it then. */
const itemsRead = Math.ceil((1024 * 1024) / itemBytes);
const openingAtOnce = 10;

/**
 * Readers, each a client of its own, that begin to read a thread and then take nothing more, without going away. Ready when
 * all have stopped.
 */
export const stoppedReaders: OpenLoad = async ({ place, threadId = '', workers = 1, fromOrdinal = 0 }) => {
  // Held, or the connections would go with them.
  const readers: AsyncIterator<unknown>[] = [];
  const open = async (): Promise<void> => {
    const store = new RemoteThreadStore({ endpoint: place });
    const history = store.streamHistory({ threadId, fromOrdinal: BigInt(fromOrdinal) })[Symbol.asyncIterator]();
    readers.push(history);
    for (let read = 0; read < itemsRead;) {
      const next = await history.next();
      if (next.done === true) throw new Error('stopped-readers: the thread ended before its reader stopped');
      read += next.value.items.length;
    }
  };
  let left = workers;
  await Promise.all(
    Array.from({ length: openingAtOnce }, async () => {
      while (left > 0) {
        left -= 1;
        await open();
      }
    }),
  );
  return { round: () => Promise.reject(new Error(`stopped-readers: ${readers.length} readers do nothing more`)) };
};
