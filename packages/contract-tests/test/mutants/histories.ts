import type { StoredThread, ThreadHistory } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

export const contentMutants: readonly Mutant[] = [
  {
    mistake: 'parses items and prints them again',
    chapters: ['appendItems: exact texts'],
    mutate: (store) => ({ loadHistory: async (...args) => mapItems(await store.loadHistory(...args), printedAgain) }),
  },
  {
    mistake: 'trims items',
    chapters: ['appendItems: exact texts'],
    mutate: (store) => ({
      loadHistory: async (...args) => mapItems(await store.loadHistory(...args), (text) => text.trim()),
    }),
  },
  {
    mistake: 'normalises text',
    chapters: ['appendItems: exact texts'],
    mutate: (store) => ({
      loadHistory: async (...args) => mapItems(await store.loadHistory(...args), (text) => text.normalize()),
    }),
  },
  {
    mistake: 'hands out one and the same history',
    chapters: ['loadHistory'],
    mutate: (store) => {
      const known = new Map<string, ThreadHistory>();
      return {
        loadHistory: async (params, options) => {
          const fresh = await store.loadHistory(params, options);
          const old = known.get(fresh.threadId);
          if (old?.items.length === fresh.items.length) return old;
          known.set(fresh.threadId, fresh);
          return fresh;
        },
      };
    },
  },
  {
    mistake: 'hands out one and the same thread',
    chapters: ['readThread'],
    mutate: (store) => {
      let known: StoredThread | undefined;
      return {
        readThread: async (params, options) => {
          const fresh = await store.readThread(params, options);
          if (known?.nextOrdinal === fresh.nextOrdinal) return known;
          known = fresh;
          return fresh;
        },
      };
    },
  },
  {
    mistake: 'takes items for batches',
    chapters: ['readThread'],
    mutate: (store) => ({
      readThread: async (...args) => {
        const thread = await store.readThread(...args);
        return { ...thread, nextSequence: thread.nextOrdinal };
      },
    }),
  },
];

export const streamMutants: readonly Mutant[] = [
  {
    mistake: 'streams everything in one batch',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory({ threadId, includeArchived = false, fromOrdinal = 0n, untilOrdinal }, options) {
        const { items } = await store.loadHistory({ threadId, includeArchived }, options);
        const slice = items.slice(Number(fromOrdinal), untilOrdinal === undefined ? undefined : Number(untilOrdinal));
        const end = fromOrdinal + BigInt(slice.length);
        if (slice.length > 0) yield { firstOrdinal: fromOrdinal, items: slice, untilOrdinal: end };
      },
    }),
  },
  {
    mistake: 'ends a stream early',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory(params, options) {
        let batches = 0;
        for await (const batch of store.streamHistory(params, options)) {
          yield batch;
          batches += 1;
          if (batches === 3) return;
        }
      },
    }),
  },
  {
    mistake: 'follows the thread past the end that it had',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory(params, options) {
        let next = params.fromOrdinal ?? 0n;
        for (let found = true; found;) {
          found = false;
          for await (const batch of store.streamHistory({ ...params, fromOrdinal: next }, options)) {
            found = true;
            next = batch.firstOrdinal + BigInt(batch.items.length);
            yield batch;
          }
        }
      },
    }),
  },
  {
    mistake: 'tells of each batch where it ends, not where the snapshot ends',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory(params, options) {
        for await (const batch of store.streamHistory(params, options)) {
          yield { ...batch, untilOrdinal: batch.firstOrdinal + BigInt(batch.items.length) };
        }
      },
    }),
  },
  {
    mistake: 'tells where the thread ends, not where the snapshot ends',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory(params, options) {
        for await (const batch of store.streamHistory(params, options)) {
          const { nextOrdinal } = await store.readThread({ ...params, includeArchived: true });
          yield { ...batch, untilOrdinal: nextOrdinal };
        }
      },
    }),
  },
  {
    mistake: 'tells the end that was asked for although the thread ends before',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      async *streamHistory(params, options) {
        for await (const batch of store.streamHistory(params, options)) {
          yield { ...batch, untilOrdinal: params.untilOrdinal ?? batch.untilOrdinal };
        }
      },
    }),
  },
  {
    mistake: 'asks for the stream when it is called, not when it is read',
    chapters: ['streamHistory'],
    mutate: (store) => ({
      streamHistory: (params, options) => {
        const iterator = store.streamHistory(params, options)[Symbol.asyncIterator]();
        const first = iterator.next();
        first.catch(() => undefined);
        return (async function* stream() {
          for (let step = await first; step.done !== true; step = await iterator.next()) yield step.value;
        })();
      },
    }),
  },
];

function mapItems(history: ThreadHistory, change: (text: string) => string): ThreadHistory {
  return { ...history, items: history.items.map(change) };
}

function printedAgain(text: string): string {
  return JSON.stringify(JSON.parse(text));
}
