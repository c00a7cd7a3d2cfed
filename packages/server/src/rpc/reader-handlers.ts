import {
  listThreadsFromWire,
  readThreadFromWire,
  threadPageToWire,
  threadToWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { streamHandlers, unaryHandlers } from './call-handlers.ts';
import { readHistory } from './read-history.ts';
import type { Served } from './served.ts';

type ReaderMethods = 'readHistory' | 'readThread' | 'listThreads';

/** What changes nothing. */
export function readerHandlers({ store, records }: Served): Pick<ThreadStoreHandlers, ReaderMethods> {
  const unary = unaryHandlers(records);
  const stream = streamHandlers(records);
  return {
    readHistory: stream((request, call) => readHistory(store, request, call)),
    readThread: unary(async (request, { signal }) => ({
      thread: threadToWire(await store.readThread(readThreadFromWire(request), { signal })),
    })),
    listThreads: unary(async (request, { signal, record }) => {
      const page = await store.listThreads(listThreadsFromWire(request), { signal });
      record.threads = page.threads.length;
      return threadPageToWire(page);
    }),
  };
}
