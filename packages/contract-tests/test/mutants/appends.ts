import { ThreadStoreError, type ThreadStore } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

export const appendMutants: readonly Mutant[] = [
  {
    mistake: 'drops the last item of a batch',
    chapters: ['appendItems', 'loadHistory', 'the model'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(
          { ...params, items: params.items.length > 1 ? params.items.slice(0, -1) : params.items },
          options,
        ),
    }),
  },
  {
    mistake: 'reverses a batch',
    chapters: ['appendItems', 'loadHistory', 'two clients', 'the model'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(
          { ...params, ...(Array.isArray(params.items) ? { items: params.items.toReversed() } : {}) },
          options,
        ),
    }),
  },
  {
    mistake: 'does not say that a batch is a duplicate',
    chapters: ['appendItems: one batch', 'the model'],
    mutate: (store) => ({
      appendItems: async (params, options) => ({ ...(await store.appendItems(params, options)), duplicate: false }),
    }),
  },
  {
    mistake: 'answers a duplicate with where the thread ends now',
    chapters: ['appendItems: one batch', 'the model'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        const result = await store.appendItems(params, options);
        if (!result.duplicate) return result;
        const { nextOrdinal } = await store.readThread({ threadId: params.threadId, includeArchived: true });
        return { ...result, firstOrdinal: nextOrdinal - BigInt(params.items.length), lastOrdinal: nextOrdinal - 1n };
      },
    }),
  },
  {
    mistake: 'stores a repeated batch again',
    chapters: ['appendItems: one batch', 'the model'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        const result = await store.appendItems(params, options);
        if (!result.duplicate || params.external) return result;
        const { nextOrdinal, lease } = await store.readThread({ threadId: params.threadId, includeArchived: true });
        if (lease === null || nextOrdinal > 200n) return result;
        for (let sequence = params.sequence + 1n; ; sequence += 1n) {
          const again = await store.appendItems({ ...params, sequence }).catch(() => undefined);
          if (again?.duplicate === false) return again;
          if (sequence > params.sequence + 200n) return result;
        }
      },
    }),
  },
  {
    mistake: 'takes a batch with other items for a duplicate',
    chapters: ['appendItems: one batch', 'two clients', 'the model'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(params, options).catch((error: unknown) => {
          if (!(error instanceof ThreadStoreError) || error.reason !== 'SEQUENCE_REUSED') throw error;
          return { firstOrdinal: 0n, lastOrdinal: BigInt(params.items.length) - 1n, duplicate: true };
        }),
    }),
  },
  {
    mistake: 'applies the metadata of a duplicate again',
    chapters: ['appendItems'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        const result = await store.appendItems(params, options);
        if (result.duplicate) {
          await store.updateThreadMetadata({
            threadId: params.threadId,
            patch: params.metadata ?? {},
            includeArchived: true,
          });
        }
        return result;
      },
    }),
  },
  {
    mistake: 'commits metadata before the items',
    chapters: ['appendItems', 'the model'],
    mutate: (store) => ({
      appendItems: async ({ metadata = {}, ...params }, options) => {
        const update = { threadId: params.threadId, patch: metadata, includeArchived: true };
        await store.updateThreadMetadata(update).catch(() => undefined);
        return store.appendItems(params, options);
      },
    }),
  },
  {
    mistake: 'touches updatedAt with every append',
    chapters: ['appendItems'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        const result = await store.appendItems(params, options);
        const patch = { updatedAt: new Date() };
        await store.updateThreadMetadata({ threadId: params.threadId, patch, includeArchived: true });
        return result;
      },
    }),
  },
  {
    mistake: 'lets appends overtake each other',
    chapters: ['appendItems', 'appendItems: many'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        if (params.external || params.sequence % 2n === 0n) await new Promise(setImmediate);
        return store.appendItems(params, options);
      },
    }),
  },
  {
    mistake: 'lets a fenced writer write on',
    chapters: ['resumeThread', 'two clients: takeovers', 'the model'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(params, options).catch(async (error: unknown) => {
          if (!(error instanceof ThreadStoreError) || error.reason !== 'FENCED') throw error;
          const { threadId, items: texts } = params;
          const { epoch } = await store.readThread({ threadId, includeArchived: true });
          const { items } = await store.loadHistory({ threadId, includeArchived: true });
          if (items.length > 50) throw error;
          for (let sequence = 0n; ; sequence += 1n) {
            const late = await store
              .appendItems({ threadId, items: texts, epoch, sequence })
              .catch((reason: unknown) => reason);
            if (!(late instanceof ThreadStoreError)) return late as Awaited<ReturnType<ThreadStore['appendItems']>>;
            if (late.reason !== 'SEQUENCE_REUSED') throw error;
          }
        }),
    }),
  },
];
