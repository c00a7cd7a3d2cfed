import { ThreadStoreError } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

/** The end of the tick: what was called without waiting has been called. */
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const pipelineMutants: readonly Mutant[] = [
  {
    mistake: 'fails all appends of a group because of one',
    chapters: ['appendItems: many'],
    mutate: (store) => {
      let group: Promise<unknown>[] = [];
      return {
        appendItems: async (params, options) => {
          const mine = group;
          const call = store.appendItems(params, options);
          mine.push(call);
          call.catch(() => undefined);
          await tick();
          group = [];
          await Promise.all(mine);
          return call;
        },
      };
    },
  },
  {
    mistake: 'stores what is behind a batch that has failed',
    chapters: ['appendItems: many', 'appendItems: one batch', 'the model'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(params, options).catch((error: unknown) => {
          const gap = error instanceof ThreadStoreError && error.reason === 'SEQUENCE_GAP';
          if (!gap || params.external) throw error;
          return store.appendItems({ ...params, sequence: BigInt(error.details.expected ?? 0) }, options);
        }),
    }),
  },
  {
    mistake: 'answers each batch of a group with the place of the first',
    chapters: ['appendItems: many'],
    mutate: (store) => {
      let first: bigint | undefined;
      return {
        appendItems: async (params, options) => {
          const result = await store.appendItems(params, options);
          const firstOrdinal = (first ??= result.firstOrdinal);
          await tick();
          first = undefined;
          return { ...result, firstOrdinal };
        },
      };
    },
  },
  {
    mistake: 'takes the batches of a group from the back',
    chapters: ['appendItems: many', 'appendItems'],
    mutate: (store) => {
      let waiting: (() => void)[] = [];
      const release = (): void => {
        for (const start of waiting.toReversed()) start();
        waiting = [];
      };
      return {
        appendItems: async (params, options) => {
          if (waiting.length === 0) setImmediate(release);
          await new Promise<void>((resolve) => waiting.push(resolve));
          return store.appendItems(params, options);
        },
      };
    },
  },
  {
    mistake: 'lets persist, flush and shutdown overtake appends',
    chapters: ['appendItems: many', 'persistThread', 'flushThread', 'shutdownThread'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        await tick();
        return store.appendItems(params, options);
      },
    }),
  },
  {
    mistake: 'lets appends overtake a shutdown',
    chapters: ['appendItems: many'],
    mutate: (store) => ({
      shutdownThread: async (params, options) => {
        await tick();
        return store.shutdownThread(params, options);
      },
    }),
  },
  {
    mistake: 'reads ahead: a batch that is sent again behind itself counts as new',
    chapters: ['appendItems: many', 'appendItems: one batch'],
    mutate: (store) => {
      const underWay = new Map<string, ReturnType<typeof store.appendItems>>();
      return {
        appendItems: (params, options) => {
          if (params.external) return store.appendItems(params, options);
          const key = `${params.threadId} ${params.epoch} ${params.sequence}`;
          const known = underWay.get(key);
          if (known !== undefined) return known;
          const call = store.appendItems(params, options);
          underWay.set(key, call);
          void call.catch(() => undefined).finally(() => setImmediate(() => underWay.delete(key)));
          return call;
        },
      };
    },
  },
];
