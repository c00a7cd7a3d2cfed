import { randomUUID } from 'node:crypto';
import type {
  AppendResult,
  CallOptions,
  CreateThreadParams,
  ExternalAppendParams,
  StoredThread,
  ThreadId,
  ThreadStore,
  WriterAppendParams,
  WriterGrant,
  WriterRef,
} from '@threadstore/core';
import { item } from './items.ts';

/** An id that no thread has. */
export function newThreadId(): ThreadId {
  return randomUUID();
}

/** Ids in the order in which lists break ties. */
export function orderedIds(count: number): ThreadId[] {
  return Array.from({ length: count }, newThreadId).toSorted();
}

/** A writer that counts its batches, so that tests need to say a sequence only where it matters. */
export class Writer implements WriterRef {
  readonly store: ThreadStore;
  readonly threadId: ThreadId;
  readonly epoch: bigint;
  /** The sequence of the next batch. */
  sequence = 0n;

  constructor(store: ThreadStore, grant: WriterGrant) {
    this.store = store;
    this.threadId = grant.threadId;
    this.epoch = grant.epoch;
  }

  /** The parameters of the next batch, which then counts as sent. */
  batch(items: readonly string[], metadata?: WriterAppendParams['metadata']): WriterAppendParams {
    const sequence = this.sequence;
    this.sequence += 1n;
    return { ...this.ref, sequence, items, ...(metadata === undefined ? {} : { metadata }) };
  }

  append(...texts: readonly string[]): Promise<AppendResult> {
    return this.store.appendItems(this.batch(texts));
  }

  persist(options?: CallOptions): Promise<void> {
    return this.store.persistThread(this.ref, options);
  }

  flush(options?: CallOptions): Promise<void> {
    return this.store.flushThread(this.ref, options);
  }

  shutdown(options?: CallOptions): Promise<void> {
    return this.store.shutdownThread(this.ref, options);
  }

  discard(): Promise<void> {
    return this.store.discardThread(this.ref);
  }

  /** This writer by its two names alone. */
  get ref(): WriterRef {
    return { threadId: this.threadId, epoch: this.epoch };
  }
}

/** The parameters of an append of somebody who is not the writer. */
export function external(
  { threadId }: { threadId: ThreadId },
  operationId: string,
  items: readonly string[],
  metadata?: ExternalAppendParams['metadata'],
): ExternalAppendParams {
  return { threadId, external: true, operationId, items, ...(metadata === undefined ? {} : { metadata }) };
}

/** A new thread with nothing in it yet, seen by its writer alone. */
export async function createUnmaterialised(
  store: ThreadStore,
  params: Partial<CreateThreadParams> = {},
): Promise<Writer> {
  return new Writer(store, await store.createThread({ threadId: newThreadId(), ...params }));
}

/** A new thread that everybody sees, without items, and its writer. */
export async function createThread(store: ThreadStore, params: Partial<CreateThreadParams> = {}): Promise<Writer> {
  const writer = await createUnmaterialised(store, params);
  await writer.persist();
  return writer;
}

/** A thread with one item whose writer has left. */
export async function createIdleThread(store: ThreadStore, params: Partial<CreateThreadParams> = {}): Promise<Writer> {
  const writer = await createUnmaterialised(store, params);
  await writer.append(item('first'));
  await writer.shutdown();
  return writer;
}

/** An archived thread with one item and no writer. */
export async function createArchivedThread(
  store: ThreadStore,
  params: Partial<CreateThreadParams> = {},
): Promise<Writer> {
  const writer = await createIdleThread(store, params);
  await store.archiveThread({ threadId: writer.threadId });
  return writer;
}

/** A thread that was deleted. */
export async function createDeletedThread(store: ThreadStore): Promise<Writer> {
  const writer = await createIdleThread(store);
  await store.deleteThread({ threadId: writer.threadId });
  return writer;
}

/** Takes a stored thread over. */
export async function steal(store: ThreadStore, { threadId }: { threadId: ThreadId }): Promise<Writer> {
  return new Writer(store, await store.resumeThread({ threadId, takeover: 'steal', includeArchived: true }));
}

/** Everything that can be read about a thread, to compare before and after. */
export function wholeThread(store: ThreadStore, { threadId }: { threadId: ThreadId }): Promise<StoredThread> {
  return store.readThread({ threadId, includeArchived: true, includeHistory: true });
}

/** The items of a thread, archived or not. */
export async function itemsOf(store: ThreadStore, { threadId }: { threadId: ThreadId }): Promise<readonly string[]> {
  return (await store.loadHistory({ threadId, includeArchived: true })).items;
}
