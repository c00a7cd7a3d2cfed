import type { PlacedItem } from '@threadstore/core';
import {
  itemPageToWire,
  listItemsFromWire,
  listThreadsFromWire,
  listTurnsFromWire,
  readThreadFromWire,
  searchPageToWire,
  searchThreadsFromWire,
  threadPageToWire,
  threadToWire,
  turnPageToWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { streamHandlers, unaryHandlers } from './call-handlers.ts';
import type { CallRecord } from './call-record.ts';
import { readHistory } from './read-history.ts';
import type { Served } from './served.ts';

type ReaderMethods = 'readHistory' | 'readThread' | 'listThreads' | 'listTurns' | 'listItems' | 'searchThreads';

/** What changes nothing. */
export function readerHandlers(served: Served): Pick<ThreadStoreHandlers, ReaderMethods> {
  const unary = unaryHandlers(served);
  const stream = streamHandlers(served);
  return {
    readHistory: stream((request, call) => readHistory(request, call)),
    readThread: unary(async (request, { store, signal }) => ({
      thread: threadToWire(await store.readThread(readThreadFromWire(request), { signal })),
    })),
    listThreads: unary(async (request, { store, signal, record }) => {
      const page = await store.listThreads(listThreadsFromWire(request), { signal });
      record.threads = page.threads.length;
      return threadPageToWire(page);
    }),
    listTurns: unary(async (request, { store, signal, record }) => {
      const page = await store.listTurns(listTurnsFromWire(request), { signal });
      record.turns = page.turns.length;
      recordItems(
        record,
        page.turns.flatMap(({ items }) => items),
      );
      return turnPageToWire(page);
    }),
    listItems: unary(async (request, { store, signal, record }) => {
      const page = await store.listItems(listItemsFromWire(request), { signal });
      recordItems(record, page.items);
      return itemPageToWire(page);
    }),
    searchThreads: unary(async (request, { store, signal, record }) => {
      const page = await store.searchThreads(searchThreadsFromWire(request), { signal });
      record.threads = page.hits.length;
      return searchPageToWire(page);
    }),
  };
}

function recordItems(record: CallRecord, items: readonly PlacedItem[]): void {
  record.items = items.length;
  record.bytes = items.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
}
