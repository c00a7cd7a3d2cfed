import type { CallOptions, ThreadId, ThreadStore, ThreadStoreErrorReason } from '@threadstore/core';
import { item } from '../support/items.ts';
import { newThreadId } from '../support/threads.ts';

/** Every operation: all members of a store that are called and are not its end. */
export type OperationName = Exclude<keyof ThreadStore, 'capabilities' | 'close' | typeof Symbol.asyncDispose>;

/** What a call is made on: a thread and what its writer knows. */
export interface Target {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
  readonly sequence: bigint;
  readonly rolloutPath: string;
}

/** What an operation answers on a thread of some state: it succeeds, or refuses for a reason. */
export type Answer = 'ok' | ThreadStoreErrorReason;

export interface OperationCase {
  /** A call that succeeds on a live thread by its writer; of an iterable, its first `next()`. */
  readonly call: (store: ThreadStore, target: Target, options?: CallOptions) => Promise<unknown>;
  /** Whether the call takes a signal. */
  readonly signal: boolean;
  /** The parameter that takes the target's thread id; `null` where there is none. */
  readonly idField: 'threadId' | 'sourceThreadId' | 'writers[0].threadId' | null;
  /** Whether the call makes the thread, so that its target is a free id. */
  readonly creates: boolean;
  /** Answers on threads of which the caller is not the writer; `null` where the operation takes no thread. */
  readonly onThread: {
    readonly unknown: Answer;
    readonly unmaterialised: Answer;
    readonly deleted: Answer;
    readonly archived: Answer;
  } | null;
}

const reads = {
  unknown: 'THREAD_NOT_FOUND',
  unmaterialised: 'THREAD_NOT_FOUND',
  deleted: 'THREAD_DELETED',
  archived: 'THREAD_ARCHIVED',
} as const;

/** A writer whose epoch nobody granted; on an archived thread, the one that has left. */
const writes = { ...reads, unmaterialised: 'EPOCH_NOT_GRANTED', archived: 'WRITER_RELEASED' } as const;

/**
 * How each operation is called and what it answers. The type is total over the interface: a new operation fails to
 * compile here until it is covered.
 */
export const operations: Readonly<Record<OperationName, OperationCase>> = {
  createThread: {
    call: (store, { threadId }, options) => store.createThread({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: true,
    onThread: { unknown: 'ok', unmaterialised: 'THREAD_EXISTS', deleted: 'THREAD_ID_USED', archived: 'THREAD_EXISTS' },
  },
  resumeThread: {
    call: (store, { threadId }, options) => store.resumeThread({ threadId, takeover: 'steal' }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  appendItems: {
    call: (store, { threadId, epoch, sequence }, options) =>
      store.appendItems({ threadId, epoch, sequence, items: [item('appended')] }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: writes,
  },
  persistThread: {
    call: (store, { threadId, epoch }, options) => store.persistThread({ threadId, epoch }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: writes,
  },
  flushThread: {
    call: (store, { threadId, epoch }, options) => store.flushThread({ threadId, epoch }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: writes,
  },
  renewLeases: {
    // What a single writer is told in the result, it would be refused with.
    call: async (store, { threadId, epoch }, options) => {
      const { lost } = await store.renewLeases({ writers: [{ threadId, epoch }] }, options);
      if (lost[0] !== undefined) throw lost[0].error;
    },
    signal: true,
    idField: 'writers[0].threadId',
    creates: false,
    onThread: writes,
  },
  shutdownThread: {
    call: (store, { threadId, epoch }, options) => store.shutdownThread({ threadId, epoch }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: { ...writes, archived: 'ok' },
  },
  discardThread: {
    call: (store, { threadId, epoch }) => store.discardThread({ threadId, epoch }),
    signal: false,
    idField: 'threadId',
    creates: false,
    onThread: { unknown: 'ok', unmaterialised: 'EPOCH_NOT_GRANTED', deleted: 'ok', archived: 'ok' },
  },
  loadHistory: {
    call: (store, { threadId }, options) => store.loadHistory({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  streamHistory: {
    call: (store, { threadId }, options) => first(store.streamHistory({ threadId }, options)),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  readThread: {
    call: (store, { threadId }, options) => store.readThread({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  readThreadByRolloutPath: {
    // oxlint-disable-next-line typescript/no-deprecated -- deprecated for callers; a store must answer it all the same.
    call: (store, { rolloutPath }, options) => store.readThreadByRolloutPath({ rolloutPath }, options),
    signal: true,
    idField: null,
    creates: false,
    onThread: null,
  },
  listThreads: {
    call: (store, _target, options) => store.listThreads({}, options),
    signal: true,
    idField: null,
    creates: false,
    onThread: null,
  },
  listTurns: {
    call: (store, { threadId }, options) => store.listTurns({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  listItems: {
    call: (store, { threadId }, options) => store.listItems({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  searchThreads: {
    call: (store, _target, options) => store.searchThreads({ searchTerm: 'appended' }, options),
    signal: true,
    idField: null,
    creates: false,
    onThread: null,
  },
  updateThreadMetadata: {
    call: (store, { threadId }, options) =>
      store.updateThreadMetadata({ threadId, patch: { name: 'patched' } }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  archiveThread: {
    call: (store, { threadId, epoch }, options) => store.archiveThread({ threadId, epoch }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: { ...reads, archived: 'WRITER_RELEASED' },
  },
  unarchiveThread: {
    call: (store, { threadId, epoch }, options) => store.unarchiveThread({ threadId, epoch }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: { ...reads, archived: 'WRITER_RELEASED' },
  },
  deleteThread: {
    call: (store, { threadId }, options) => store.deleteThread({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: { ...reads, deleted: 'ok', archived: 'ok' },
  },
  forkThread: {
    call: (store, { threadId }, options) =>
      store.forkThread({ threadId: newThreadId(), sourceThreadId: threadId }, options),
    signal: true,
    idField: 'sourceThreadId',
    creates: false,
    onThread: reads,
  },
  loadModelContext: {
    call: (store, { threadId }, options) => store.loadModelContext({ threadId }, options),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  tailThread: {
    call: (store, { threadId }, options) => first(store.tailThread({ threadId, fromOrdinal: 0n }, options)),
    signal: true,
    idField: 'threadId',
    creates: false,
    onThread: reads,
  },
  watchThreads: {
    call: (store, _target, options) => first(store.watchThreads({}, options)),
    signal: true,
    idField: null,
    creates: false,
    onThread: null,
  },
};

/** The names of all operations, in the order of the table. */
export const operationNames = Object.keys(operations) as readonly OperationName[];

/** The first answer of an iterable, which is then left. */
async function first(iterable: AsyncIterable<unknown>): Promise<unknown> {
  for await (const value of iterable) return value;
  return undefined;
}
