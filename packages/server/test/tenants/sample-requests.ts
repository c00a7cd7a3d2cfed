import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ThreadStoreService } from '@threadstore/protocol';

type Methods = typeof ThreadStoreService.method;

/** What a caller has of its own. */
export interface Own {
  readonly threadId: string;
  readonly epoch: bigint;
  /** Of no thread yet. */
  readonly newId: string;
}

const item = Buffer.from('{"type":"note"}');

/** A request of every method that is good for its caller. A new method does not compile until it is here. */
export const sampleRequests: {
  readonly [M in keyof Methods]: (own: Own) => MessageInitShape<Methods[M]['input']>;
} = {
  createThread: ({ newId }) => ({ threadId: newId, holder: 'h' }),
  forkThread: ({ threadId, newId }) => ({ threadId: newId, sourceThreadId: threadId, holder: 'h' }),
  resumeThread: ({ threadId }) => ({ threadId, holder: 'h', takeover: 2 }),
  appendItems: ({ threadId, epoch }) => ({ threadId, epoch, sequence: 1n, items: [item] }),
  appendStream: ({ threadId, epoch }) => ({
    appends: [{ threadId, epoch, sequence: 1n, items: [item] }],
    renewals: [{ writers: [{ threadId, epoch }] }],
  }),
  persistThread: ({ threadId, epoch }) => ({ threadId, epoch }),
  flushThread: ({ threadId, epoch }) => ({ threadId, epoch }),
  shutdownThread: ({ threadId, epoch }) => ({ threadId, epoch }),
  discardThread: ({ threadId, epoch }) => ({ threadId, epoch }),
  readHistory: ({ threadId }) => ({ threadId }),
  readThread: ({ threadId }) => ({ threadId }),
  listThreads: () => ({}),
  listTurns: ({ threadId }) => ({ threadId }),
  listItems: ({ threadId }) => ({ threadId }),
  searchThreads: () => ({ searchTerm: 'hello', list: {} }),
  updateThreadMetadata: ({ threadId }) => ({ threadId, patch: { name: 'n' } }),
  archiveThread: ({ threadId }) => ({ threadId }),
  unarchiveThread: ({ threadId }) => ({ threadId }),
  deleteThread: ({ threadId }) => ({ threadId }),
};
