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
