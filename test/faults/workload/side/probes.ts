import { randomUUID } from 'node:crypto';
import { errorReasonCodes, type ThreadStore, ThreadStoreError, type ThreadStoreErrorCode } from '@threadstore/core';
import type { Probed } from '../../history/operations.ts';
import { canaryOf } from '../../history/tenants.ts';
import { hashOf } from '../item-text.ts';

/** What the intruder stores, wherever he gets to store something. */
export const mark = canaryOf('intruder');
export const markedItem = JSON.stringify({ type: 'note', canary: mark });

/** A call about a thread of which only the id is known. */
type Probe = (store: ThreadStore, threadId: string, signal: AbortSignal) => Promise<unknown> | AsyncIterable<unknown>;

/** All that ask a remote store about a thread. */
type Method = Exclude<
  keyof ThreadStore,
  'capabilities' | 'close' | 'watchThreads' | 'readThreadByRolloutPath' | typeof Symbol.asyncDispose
>;

/** As the writer that a thread has first. */
const epoch = 1n;

/** Ways to get at a thread, some of them several for one method. None of them makes a thread that would be found by another one. */
export const probes: Readonly<Record<Method, readonly Probe[]>> = {
  createThread: [
    (store, parentThreadId) => store.createThread({ threadId: randomUUID(), parentThreadId, holder: mark }),
    (store, forkedFromId) => store.createThread({ threadId: randomUUID(), forkedFromId, holder: mark }),
  ],
  forkThread: [
    (store, sourceThreadId) => store.forkThread({ threadId: randomUUID(), sourceThreadId, holder: mark }),
    (store, sourceThreadId) =>
      store.forkThread({ threadId: randomUUID(), sourceThreadId, at: { beforeOrdinal: 1n }, includeArchived: true }),
  ],
  resumeThread: [
    (store, threadId) => store.resumeThread({ threadId, takeover: 'steal', holder: mark }),
    (store, threadId) => store.resumeThread({ threadId, takeover: 'steal', expectedEpoch: epoch }),
  ],
  appendItems: [
    (store, threadId) => store.appendItems({ threadId, epoch, sequence: 0n, items: [markedItem] }),
    (store, threadId) =>
      store.appendItems({ threadId, external: true, operationId: randomUUID(), items: [markedItem] }),
  ],
  persistThread: [(store, threadId) => store.persistThread({ threadId, epoch })],
  flushThread: [(store, threadId) => store.flushThread({ threadId, epoch })],
  renewLeases: [(store, threadId) => store.renewLeases({ writers: [{ threadId, epoch }] })],
  shutdownThread: [(store, threadId) => store.shutdownThread({ threadId, epoch })],
  discardThread: [(store, threadId) => store.discardThread({ threadId, epoch })],
  loadHistory: [(store, threadId, signal) => store.loadHistory({ threadId, includeArchived: true }, { signal })],
  streamHistory: [(store, threadId, signal) => store.streamHistory({ threadId, fromOrdinal: 0n }, { signal })],
  readThread: [
    (store, threadId) => store.readThread({ threadId, includeArchived: true }),
    (store, threadId) => store.readThread({ threadId, includeHistory: true }),
  ],
  listThreads: [
    (store, forksOf) => store.listThreads({ relation: { forksOf } }),
    (store, directChildrenOf) => store.listThreads({ relation: { directChildrenOf } }),
    (store, descendantsOf) => store.listThreads({ relation: { descendantsOf } }),
  ],
  listTurns: [(store, threadId) => store.listTurns({ threadId })],
  listItems: [(store, threadId) => store.listItems({ threadId })],
  searchThreads: [(store, forksOf) => store.searchThreads({ searchTerm: canaryOf('owner'), relation: { forksOf } })],
  updateThreadMetadata: [(store, threadId) => store.updateThreadMetadata({ threadId, patch: { name: mark } })],
  archiveThread: [
    (store, threadId) => store.archiveThread({ threadId }),
    (store, threadId) => store.archiveThread({ threadId, epoch }),
  ],
  unarchiveThread: [(store, threadId) => store.unarchiveThread({ threadId })],
  deleteThread: [(store, threadId) => store.deleteThread({ threadId })],
  loadModelContext: [(store, threadId) => store.loadModelContext({ threadId })],
  tailThread: [(store, threadId, signal) => store.tailThread({ threadId }, { signal })],
};

/** How a store refuses what it understood. All else is no answer. */
const answers: readonly ThreadStoreErrorCode[] = ['not_found', 'conflict', 'invalid_request', 'unsupported'];

/**
 * The answer to a call about an id, a refusal included, without all that is of this call alone. Nothing of it where the id is null. Rejects
 * with what is no answer.
 */
export async function answerOf(
  id: string | null,
  work: () => Promise<unknown> | AsyncIterable<unknown>,
): Promise<Omit<Probed, 'attempts'>> {
  try {
    const answer = await inFull(work());
    return { reason: null, signature: id === null ? '' : plain(answer ?? null, id) };
  } catch (error) {
    if (!(error instanceof ThreadStoreError) || !answers.includes(errorReasonCodes[error.reason])) throw error;
    return { reason: error.reason, signature: id === null ? '' : plain(error, id) };
  }
}

async function inFull(answer: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  if (answer instanceof Promise) return answer;
  const all: unknown[] = [];
  for await (const one of answer) all.push(one);
  return all;
}

/** What differs between two calls that do the same: times, new ids, and what a call that was sent again counts. */
const ofTheCall: ReadonlySet<string> = new Set(
  'threadId epoch nextSequence duplicate since until createdAt updatedAt recencyAt requestId'.split(' '),
);

/** Of a longer one the rest is told by a hash. */
const shownMax = 300;

function plain(answer: unknown, id: string): string {
  const text = JSON.stringify(answer, (key, value: unknown) => {
    if (ofTheCall.has(key)) return `<${key}>`;
    if (typeof value === 'bigint') return String(value);
    return value instanceof ThreadStoreError
      ? { reason: value.reason, message: value.message, details: value.details }
      : value;
  });
  const signature = text.replaceAll(id, '<id>');
  return signature.length > shownMax ? `${signature.slice(0, shownMax)}… ${hashOf(signature)}` : signature;
}
