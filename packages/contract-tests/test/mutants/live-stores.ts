import { randomUUID } from 'node:crypto';
import type { Mutant } from './mutant.ts';

/** Stores on which a live thread does not keep its promises. */
export const liveMutants: readonly Mutant[] = [
  {
    mistake: 'takes a thread whatever epoch was expected',
    chapters: ['ThreadManager: resume'],
    mutate: (store) => ({
      resumeThread: ({ expectedEpoch: _, ...params }, options) => store.resumeThread(params, options),
    }),
  },
  {
    mistake: 'stores a batch again when it is repeated',
    chapters: ['LiveThread: lost answers', 'LiveThread: random'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        const result = await store.appendItems(params, options);
        if (!result.duplicate || params.external === true) return result;
        const { threadId, items } = params;
        return store.appendItems({ threadId, items, external: true, operationId: randomUUID() }, options);
      },
    }),
  },
  {
    mistake: 'changes an item of every fifth batch',
    chapters: ['LiveThread: append', 'LiveThread: random'],
    mutate: (store) => {
      let calls = 0;
      return {
        appendItems: async (params, options) => {
          calls += 1;
          const [item = ''] = params.items;
          return store.appendItems(
            calls % 5 === 0 ? { ...params, items: [item.replace('remark', 'mark')] } : params,
            options,
          );
        },
      };
    },
  },
  {
    mistake: 'leaves the metadata of an append out',
    chapters: ['LiveThread: append', 'LiveThread: which item', 'LiveThread: touches', 'LiveThread: random'],
    mutate: (store) => ({
      appendItems: ({ metadata: _, ...params }, options) => store.appendItems(params, options),
    }),
  },
  {
    mistake: 'applies the metadata of a batch that it refuses',
    chapters: ['LiveThread: appends that fail'],
    mutate: (store) => ({
      appendItems: async (params, options) => {
        try {
          return await store.appendItems(params, options);
        } catch (error) {
          const { threadId, metadata } = params;
          const patched = metadata && store.updateThreadMetadata({ threadId, patch: metadata });
          await patched?.catch(() => undefined);
          throw error;
        }
      },
    }),
  },
  {
    mistake: 'touches a thread when it is resumed',
    chapters: ['LiveThread: resume'],
    mutate: (store) => ({
      resumeThread: async (params, options) => {
        const grant = await store.resumeThread(params, options);
        const patch = { updatedAt: new Date(1) };
        await store.updateThreadMetadata({ threadId: grant.threadId, patch, includeArchived: true });
        return grant;
      },
    }),
  },
  {
    mistake: 'releases no lease when a writer is discarded',
    chapters: ['LiveThread: resume', 'LiveThread: shutdown', 'LiveThreadInitGuard'],
    mutate: () => ({ discardThread: async () => undefined }),
  },
  {
    mistake: 'materialises a thread when it is created',
    chapters: ['LiveThread: create', 'LiveThread: git', 'LiveThreadInitGuard'],
    mutate: (store) => ({
      createThread: async (params, options) => {
        const grant = await store.createThread(params, options);
        await store.persistThread(grant);
        return grant;
      },
    }),
  },
  {
    mistake: 'patches no archived thread',
    chapters: ['LiveThread: persist', 'LiveThread: order'],
    mutate: (store) => ({
      updateThreadMetadata: ({ includeArchived: _, ...params }, options) => store.updateThreadMetadata(params, options),
    }),
  },
];
