import { appendBatches } from '../append-batches.ts';
import { checkForkThread, type CheckedFork } from '../checks/fork.ts';
import { formOnly } from '../checks/limits.ts';
import type { CheckedPatch } from '../checks/patch.ts';
import type { ForkThreadParams } from '../fork.ts';
import { inheritedMetadata, type CopiedPart } from '../forking/inherited-metadata.ts';
import { readForkPart, type ForkPart } from '../forking/read-fork-part.ts';
import { defaultLimits } from '../limits.ts';
import type { ThreadMetadataPatch } from '../metadata-patch.ts';
import type { CallOptions, ThreadStore } from '../thread-store.ts';
import type { StoredThread } from '../thread.ts';
import type { CreateThreadParams, WriterGrant } from '../writer.ts';

/** A grant, with where the count of its writer stands. */
export interface ForkGrant extends WriterGrant {
  /** The sequence of the next batch of this epoch. */
  readonly nextSequence: bigint;
}

/**
 * Forks a thread on any store: by the store's own `forkThread`, or where it has none by reading the source and appending its items to a new
 * thread, which gives the same thread in the end.
 *
 * The second way is not one step. Until it ends, others may see a part of the fork; its items are batches of this epoch, so go on with
 * `nextSequence`. When it fails, what was made is deleted, and the id used up; a process that dies leaves a part behind.
 *
 * Errors: as `ThreadStore.forkThread`, and those of an append. Retry: as `createThread`.
 */
export async function forkThread(
  store: ThreadStore,
  params: ForkThreadParams,
  options?: CallOptions,
): Promise<ForkGrant> {
  if (store.capabilities.forkThread) return { ...(await store.forkThread(params, options)), nextSequence: 0n };
  const fork = checkForkThread(params, formOnly);
  const source = await store.readThread(fork.source, options);
  const { nextOrdinal: end } = source;
  const snapshot = store.streamHistory({ ...fork.source, untilOrdinal: end }, options);
  const { cut, hasUserMessage } = fork.at === null ? allOf(end) : await readForkPart(fork.at, snapshot, end);
  const part = { isAll: cut === end, hasUserMessage };
  const grant = await store.createThread(creation(params, fork, source, part), options);
  try {
    const nextSequence = await copy(store, grant, { ...fork.source, untilOrdinal: cut }, options);
    return { ...grant, nextOrdinal: cut, nextSequence };
  } catch (error) {
    await undo(store, grant);
    throw error;
  }
}

/** Nothing need be known of it. */
const allOf = (end: bigint): ForkPart => ({ cut: end, hasUserMessage: false });

function creation(
  { holder }: ForkThreadParams,
  { create }: CheckedFork,
  source: StoredThread,
  part: CopiedPart,
): CreateThreadParams {
  const { holder: _, ...params } = create;
  // The store has a label of its own.
  return {
    ...params,
    ...(holder === undefined ? {} : { holder }),
    metadata: firstMetadata(source, part, create.metadata),
  };
}

function firstMetadata(source: StoredThread, part: CopiedPart, given: CheckedPatch): ThreadMetadataPatch {
  const inherited = inheritedMetadata(source, part);
  return { ...inherited, ...given, gitInfo: { ...inherited.gitInfo, ...given.gitInfo } };
}

/** Appends the items and materialises the thread; the number of batches. */
async function copy(
  store: ThreadStore,
  { threadId, epoch }: WriterGrant,
  history: Parameters<ThreadStore['streamHistory']>[0],
  options: CallOptions | undefined,
): Promise<bigint> {
  let sequence = 0n;
  for await (const { items: read } of store.streamHistory(history, options)) {
    for (const { from, until } of appendBatches(read, defaultLimits)) {
      await store.appendItems({ threadId, epoch, sequence, items: read.slice(from, until) }, options);
      sequence += 1n;
    }
  }
  await store.persistThread({ threadId, epoch }, options);
  return sequence;
}

/** Takes back what was made, whatever became of the caller's signal. What fails here is less than what failed before. */
async function undo(store: ThreadStore, { threadId, epoch }: WriterGrant): Promise<void> {
  // Nobody knows whether the first append has come through: without it the thread can't be deleted.
  await store.deleteThread({ threadId, epoch }).catch(() => store.discardThread({ threadId, epoch }).catch(() => {}));
}
