import {
  ThreadStoreError,
  type AppendItemsParams,
  type AppendResult,
  type ExternalAppendParams,
  type ThreadStore,
} from '@threadstore/core';
import type { Mutant, Mutation } from './mutant.ts';
import { renewVisibly } from './renewal.ts';

const chapters = ['appendItems: external', 'the model'];
const idChapters = ['appendItems: one operation', 'the model'];

export const externalMutants: readonly Mutant[] = [
  {
    mistake: 'takes the thread over for an external append',
    chapters,
    mutate: (store) =>
      external(store, async (params) => {
        const { epoch } = await store.resumeThread({ threadId: params.threadId, takeover: 'steal' });
        await store.shutdownThread({ threadId: params.threadId, epoch });
        return store.appendItems(params);
      }),
  },
  {
    mistake: 'refuses an external append while a lease runs',
    chapters: [...chapters, 'appendItems: many'],
    mutate: (store) =>
      external(store, async (params) => {
        const { lease } = await store.readThread({ threadId: params.threadId, includeArchived: true });
        if (lease !== null) throw new ThreadStoreError({ reason: 'WRITER_LIVE', message: 'a lease runs' });
        return store.appendItems(params);
      }),
  },
  {
    mistake: 'renews the lease with an external append',
    chapters: ['appendItems: external'],
    mutate: (store) =>
      external(store, async (params) => {
        const result = await store.appendItems(params);
        const { threadId, epoch } = await store.readThread({ threadId: params.threadId, includeArchived: true });
        await renewVisibly(store, { threadId, epoch });
        return result;
      }),
  },
  {
    mistake: 'counts an external append as a batch of the writer',
    chapters: [...chapters, 'appendItems: many'],
    mutate: (store) => {
      const counted = new Map<string, bigint>();
      const key = async (threadId: string): Promise<string> => {
        const thread = await store.readThread({ threadId, includeArchived: true }).catch(() => null);
        return `${thread?.threadId} ${thread?.epoch}`;
      };
      return {
        appendItems: async (params, options) => {
          const thread = await key(params.threadId);
          const before = counted.get(thread) ?? 0n;
          if (!params.external) return store.appendItems({ ...params, sequence: params.sequence - before }, options);
          const result = await store.appendItems(params, options);
          if (!result.duplicate) counted.set(thread, before + 1n);
          return result;
        },
      };
    },
  },
  {
    mistake: 'materialises a thread with an external append',
    chapters,
    mutate: (store) =>
      external(store, async (params) => {
        await store.persistThread({ threadId: params.threadId, epoch: 1n }).catch(() => undefined);
        return store.appendItems(params);
      }),
  },
  {
    mistake: 'takes external appends in the archive',
    chapters,
    mutate: (store) =>
      external(store, async (params) => {
        const { threadId, items } = params;
        try {
          return await store.appendItems(params);
        } catch (error) {
          if (!(error instanceof ThreadStoreError) || error.reason !== 'THREAD_ARCHIVED') throw error;
          const { epoch } = await store.resumeThread({ threadId, takeover: 'steal', includeArchived: true });
          return store.appendItems({ threadId, epoch, sequence: 0n, items });
        }
      }),
  },
  {
    mistake: 'does not know an operation in the archive',
    chapters: ['appendItems: one operation'],
    mutate: (store) =>
      external(store, async (params) => {
        await store.readThread({ threadId: params.threadId });
        return store.appendItems(params);
      }),
  },
  {
    mistake: 'drops the metadata of an external append',
    chapters,
    mutate: (store) => external(store, ({ metadata: _, ...params }) => store.appendItems(params)),
  },
  {
    mistake: 'applies the metadata of an external duplicate again',
    chapters,
    mutate: (store) =>
      external(store, async (params) => {
        const result = await store.appendItems(params);
        if (!result.duplicate) return result;
        const { threadId, metadata: patch = {} } = params;
        await store.updateThreadMetadata({ threadId, patch, includeArchived: true });
        return result;
      }),
  },
  {
    mistake: 'stores a repeated operation again',
    chapters: idChapters,
    mutate: (store) => {
      let copies = 0;
      return external(store, async (params) => {
        const result = await store.appendItems(params);
        if (!result.duplicate) return result;
        copies += 1;
        return store.appendItems({ ...params, operationId: `copy ${copies}` });
      });
    },
  },
  {
    mistake: 'takes an operation with other items for a duplicate',
    chapters: idChapters,
    mutate: (store) =>
      external(store, (params) =>
        store.appendItems(params).catch((error: unknown) => {
          if (!(error instanceof ThreadStoreError) || error.reason !== 'OPERATION_REUSED') throw error;
          return { firstOrdinal: 0n, lastOrdinal: BigInt(params.items.length) - 1n, duplicate: true };
        }),
      ),
  },
  {
    mistake: 'forgets the operations of an earlier epoch',
    chapters: idChapters,
    mutate: (store) =>
      external(store, async (params) => {
        const { threadId, operationId } = params;
        const thread = await store.readThread({ threadId, includeArchived: true }).catch(() => null);
        return store.appendItems({
          ...params,
          operationId: thread === null ? operationId : `${thread.epoch} ${operationId}`,
        });
      }),
  },
  {
    mistake: 'knows an operation in every thread',
    chapters: idChapters,
    mutate: (store) => {
      const known = new Map<string, AppendResult>();
      return external(store, async (params) => {
        const before = known.get(params.operationId);
        if (before !== undefined) return { ...before, duplicate: true };
        const result = await store.appendItems(params);
        known.set(params.operationId, result);
        return result;
      });
    },
  },
  {
    mistake: 'folds and trims operation ids',
    chapters: ['appendItems: one operation'],
    mutate: (store) =>
      external(store, (params) =>
        store.appendItems({ ...params, operationId: String(params.operationId).trim().toLowerCase() }),
      ),
  },
  {
    mistake: 'takes an external append that is also a batch of the writer',
    chapters: ['appendItems: one operation'],
    mutate: (store) => ({
      appendItems: (params, options) => {
        const { epoch: _, sequence: __, ...rest } = params as AppendItemsParams & { epoch?: bigint; sequence?: bigint };
        return store.appendItems(params.external ? (rest as AppendItemsParams) : params, options);
      },
    }),
  },
  {
    mistake: 'takes an operation id with a batch of the writer',
    chapters: ['appendItems: one operation'],
    mutate: (store) => ({
      appendItems: (params, options) => {
        const { operationId: _, ...rest } = params as AppendItemsParams & { operationId?: string };
        return store.appendItems(params.external ? params : (rest as AppendItemsParams), options);
      },
    }),
  },
  {
    mistake: 'cuts operation ids to the limit',
    chapters: ['appendItems: one operation'],
    mutate: (store) =>
      external(store, (params) =>
        store.appendItems({ ...params, operationId: String(params.operationId).slice(0, 100) }),
      ),
  },
  {
    mistake: 'lets external appends be overtaken',
    chapters: ['appendItems: many'],
    mutate: (store) =>
      external(store, async (params) => {
        await new Promise(setImmediate);
        return store.appendItems(params);
      }),
  },
];

/** A store that does something else with external appends. */
function external(store: ThreadStore, append: (params: ExternalAppendParams) => Promise<AppendResult>): Mutation {
  return {
    appendItems: async (params, options) => (params.external ? append(params) : store.appendItems(params, options)),
  };
}
