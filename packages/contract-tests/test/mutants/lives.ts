import { ThreadStoreError } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

export const lifeMutants: readonly Mutant[] = [
  {
    mistake: 'reads archived threads for everybody',
    chapters: ['readThread', 'archiveThread', 'states of a thread', 'the model'],
    mutate: (store) => ({
      readThread: (params, options) => store.readThread({ ...params, includeArchived: true }, options),
    }),
  },
  {
    mistake: 'steals every lease',
    chapters: ['resumeThread', 'two clients: takeovers', 'the model'],
    mutate: (store) => ({
      resumeThread: (params, options) => store.resumeThread({ ...params, takeover: 'steal' }, options),
    }),
  },
  {
    mistake: 'flushes instead of persisting',
    chapters: ['persistThread', 'the model'],
    mutate: (store) => ({ persistThread: (...args) => store.flushThread(...args) }),
  },
  {
    mistake: 'persists instead of flushing',
    chapters: ['flushThread', 'the model'],
    mutate: (store) => ({ flushThread: (...args) => store.persistThread(...args) }),
  },
  {
    mistake: 'shuts down without releasing the lease',
    chapters: ['shutdownThread', 'resumeThread', 'the model'],
    mutate: (store) => ({ shutdownThread: (...args) => store.flushThread(...args) }),
  },
  {
    mistake: 'lets a discard pass whoever asks for it',
    chapters: ['discardThread', 'resumeThread', 'the model'],
    mutate: (store) => ({ discardThread: (ref) => store.discardThread(ref).catch(() => undefined) }),
  },
  {
    mistake: 'archives over a running lease',
    chapters: ['archiveThread', 'the model'],
    mutate: (store) => ({
      archiveThread: async ({ threadId, ...rest }, options) => {
        if (rest.epoch !== undefined) return store.archiveThread({ threadId, ...rest }, options);
        const { epoch, lease } = await store.readThread({ threadId, includeArchived: true }, options);
        return store.archiveThread(lease === null ? { threadId } : { threadId, epoch }, options);
      },
    }),
  },
  {
    mistake: 'archives where it should delete',
    chapters: ['deleteThread', 'states of a thread', 'the model'],
    mutate: (store) => ({
      deleteThread: async ({ threadId }, options) => {
        const { epoch, lease } = await store.readThread({ threadId, includeArchived: true }, options);
        return store.archiveThread(lease === null ? { threadId } : { threadId, epoch }, options);
      },
    }),
  },
  {
    mistake: 'deletes whoever asks for it',
    chapters: ['deleteThread', 'the model'],
    mutate: (store) => ({ deleteThread: ({ threadId }, options) => store.deleteThread({ threadId }, options) }),
  },
  {
    mistake: 'deletes first and looks at the epoch then',
    chapters: ['deleteThread', 'the model'],
    mutate: (store) => ({
      deleteThread: async (params, options) => {
        const refusal = await store.flushThread({ epoch: 0n, ...params }).catch((error: unknown) => error);
        await store.deleteThread({ threadId: params.threadId }, options);
        const refused = refusal instanceof ThreadStoreError && refusal.code === 'conflict';
        if (refused && params.epoch !== undefined) throw refusal;
      },
    }),
  },
  {
    mistake: 'does not know that a thread was deleted by the writer that deletes it again',
    chapters: ['deleteThread', 'the model'],
    mutate: (store) => ({
      deleteThread: async (params, options) => {
        if (params.epoch !== undefined) await store.readThread({ threadId: params.threadId, includeArchived: true });
        return store.deleteThread(params, options);
      },
    }),
  },
  {
    mistake: 'unarchives without touching updatedAt',
    chapters: ['unarchiveThread'],
    mutate: (store) => ({
      unarchiveThread: async (params, options) => {
        const { threadId } = params;
        const before = await store.readThread({ threadId, includeArchived: true }).catch(() => undefined);
        const thread = await store.unarchiveThread(params, options);
        return before ? store.updateThreadMetadata({ threadId, patch: { updatedAt: before.updatedAt } }) : thread;
      },
    }),
  },
];
