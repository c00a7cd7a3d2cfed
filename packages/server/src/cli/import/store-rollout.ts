import {
  ThreadStoreError,
  type Limits,
  type StoredThread,
  type ThreadMetadataPatch,
  type ThreadStore,
  type WriterGrant,
} from '@threadstore/core';
import { Appender } from './appender.ts';
import type { CheckedRollout } from './check-rollout.ts';
import { LineFault } from './line-fault.ts';
import { rolloutLines } from './rollout-lines.ts';

export type StoredStatus = 'created' | 'appended' | 'unchanged';

export interface StoreRolloutOptions {
  readonly limits: Limits;
  readonly steal: boolean;
  /** Ends the import between two batches. What is stored stays. */
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  readonly onStored: (items: number) => void;
}

/**
 * Stores a checked file as a thread, or what a thread lacks of it. Overwrites nothing: where the thread has other items than
 * the file, it throws a `LineFault`. The thread's lease is released in the end, however it ends.
 */
export async function storeRollout(
  store: ThreadStore,
  rollout: CheckedRollout,
  options: StoreRolloutOptions,
): Promise<StoredStatus> {
  const thread = await storedThread(store, rollout);
  if (thread === null) {
    const { patch, ...identity } = rollout.metadata;
    const grant = await store.createThread({ threadId: rollout.threadId, ...identity, metadata: patch });
    await writeFrom(store, rollout, grant, 0, undefined, options);
    return 'created';
  }
  const same = await comparedItems(store, rollout, thread, options);
  if (same === rollout.items) return 'unchanged';
  const takeover = options.steal ? 'steal' : 'fail';
  const { epoch: expectedEpoch } = thread;
  const grant = await store.resumeThread({
    threadId: rollout.threadId,
    takeover,
    expectedEpoch,
    includeArchived: true,
  });
  await writeFrom(store, rollout, grant, same, patchOfKnownThread(thread, rollout), options);
  return 'appended';
}

async function storedThread(store: ThreadStore, rollout: CheckedRollout): Promise<StoredThread | null> {
  try {
    return await store.readThread({ threadId: rollout.threadId, includeArchived: true });
  } catch (error) {
    if (error instanceof ThreadStoreError && error.reason === 'THREAD_NOT_FOUND') return null;
    throw error;
  }
}

/** How many items the thread has, all of them the first lines of the file. */
async function comparedItems(
  store: ThreadStore,
  rollout: CheckedRollout,
  thread: StoredThread,
  options: StoreRolloutOptions,
): Promise<number> {
  const stored = storedItems(store, thread);
  let same = 0;
  try {
    for await (const line of linesOf(rollout, options)) {
      const item = await stored.next();
      if (item.done === true) return same;
      if (item.value !== line.text) throw new LineFault(line.number, 'differs from what is stored');
      same += 1;
      options.onBytes(line.bytes);
    }
    if ((await stored.next()).done === true) return same;
  } finally {
    await stored.return(undefined);
  }
  throw new LineFault(same + 1, `the file ends here, and the thread goes on (it has ${thread.nextOrdinal} items)`);
}

async function* storedItems(store: ThreadStore, thread: StoredThread): AsyncGenerator<string, undefined, undefined> {
  const { threadId } = thread;
  for await (const batch of store.streamHistory({
    threadId,
    includeArchived: true,
    untilOrdinal: thread.nextOrdinal,
  })) {
    yield* batch.items;
  }
  return undefined;
}

async function* linesOf(
  rollout: CheckedRollout,
  { limits, signal }: StoreRolloutOptions,
): AsyncGenerator<{ readonly number: number; readonly text: string; readonly bytes: number }> {
  for await (const lines of rolloutLines(rollout.path, { lineBytesMax: limits.itemBytesMax, bytes: rollout.bytes })) {
    for (const line of lines) {
      signal.throwIfAborted();
      yield line;
    }
  }
}

/** Appends the lines of the file from the given ordinal on, and releases the lease. */
async function writeFrom(
  store: ThreadStore,
  rollout: CheckedRollout,
  grant: WriterGrant,
  from: number,
  metadata: ThreadMetadataPatch | undefined,
  options: StoreRolloutOptions,
): Promise<void> {
  const appender = new Appender(store, grant, options.limits, options.onStored);
  const { threadId, epoch } = grant;
  try {
    if (grant.nextOrdinal !== BigInt(from)) throw new Error('the thread was written to meanwhile; import it again');
    let lines = 0;
    for await (const line of linesOf(rollout, options)) {
      lines += 1;
      if (line.number <= from) continue;
      await appender.add(line.text);
      options.onBytes(line.bytes);
    }
    if (lines !== rollout.items) throw new Error('the file became shorter while it was imported');
    await appender.finish(metadata);
  } catch (error) {
    await appender.settle();
    // The failure that led here is the one to tell; a lease that can't be released runs out by itself.
    await store.discardThread({ threadId, epoch }).catch(() => undefined);
    throw error;
  }
  await store.shutdownThread({ threadId, epoch });
}

/** What the new items say, without what the thread's users may have changed since: its name, title and preview. */
function patchOfKnownThread(thread: StoredThread, rollout: CheckedRollout): ThreadMetadataPatch {
  const { name, title, preview, firstUserMessage, createdAt: _createdAt, ...moving } = rollout.metadata.patch;
  return {
    ...moving,
    ...(thread.name === null && name !== undefined ? { name } : {}),
    ...(thread.title === null && title !== undefined ? { title } : {}),
    ...(thread.preview === '' && preview !== undefined ? { preview } : {}),
    ...(thread.firstUserMessage === null && firstUserMessage !== undefined ? { firstUserMessage } : {}),
  };
}
