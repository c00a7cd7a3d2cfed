import { MemoryThreadStore, ThreadStoreError, type ThreadStore, type ThreadStoreErrorReason } from '@threadstore/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { served, type Served } from './served.ts';
import { requestBytes, WireClient } from './wire.ts';

/** A thread with an item, whose writer has epoch 1. */
export const threadId = '0191a000-0000-7000-8000-000000000001';
export const deletedId = '0191a000-0000-7000-8000-000000000002';
/** Of no thread. */
export const freshId = '0191a000-0000-7000-8000-000000000003';
/** Taken from the writer of epoch 1 by that of epoch 2, with an item of each. */
export const takenId = '0191a000-0000-7000-8000-000000000004';
/** Archived, with an item. */
export const archivedId = '0191a000-0000-7000-8000-000000000005';
/** Whose writer of epoch 1 has released it. */
export const releasedId = '0191a000-0000-7000-8000-000000000006';
const seed = '{"type":"seed"}';

// Small enough that what is over them is quick to send.
export const limits = { itemBytesMax: 64 * 1024, appendBytesMax: 256 * 1024 };

export const append = { threadId, epoch: 1n, sequence: 1n };
export const good = Buffer.from('{"type":"good"}');

export function nested(depth: number): string {
  return `{"type":"deep","a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
}

export function item(text: string | Uint8Array): object {
  return { ...append, items: [typeof text === 'string' ? Buffer.from(text) : text] };
}

/** A request that is refused, and how. */
export interface BadRequest {
  readonly what: string;
  readonly method: string;
  readonly request: object | Buffer;
  readonly reason: ThreadStoreErrorReason;
  readonly field?: string;
  readonly message?: RegExp;
}

export interface Service {
  readonly client: WireClient;
  readonly store: ThreadStore;
}

/** All that can be seen of what is stored. */
async function stored(store: ThreadStore): Promise<unknown> {
  const { threads } = await store.listThreads();
  const archived = await store.listThreads({ archived: true });
  const read = ({ threadId: id }: { readonly threadId: string }): Promise<unknown> =>
    store.loadHistory({ threadId: id, includeArchived: true });
  return { threads, archived, items: await Promise.all([...threads, ...archived.threads].map(read)) };
}

async function fill(store: ThreadStore): Promise<void> {
  for (const id of [threadId, deletedId, takenId, archivedId, releasedId]) {
    const { epoch } = await store.createThread({ threadId: id, metadata: { name: 'kept' } });
    await store.appendItems({ threadId: id, epoch, sequence: 0n, items: [seed] });
  }
  await store.deleteThread({ threadId: deletedId });
  const { epoch } = await store.resumeThread({ threadId: takenId, takeover: 'steal' });
  await store.appendItems({ threadId: takenId, epoch, sequence: 0n, items: [seed] });
  for (const id of [archivedId, releasedId]) await store.shutdownThread({ threadId: id, epoch: 1n });
  await store.archiveThread({ threadId: archivedId });
}

/**
 * Sends each request to a service in this process: refused by its reason, with the field named, in one short line without content;
 * nothing is stored; the service lives. Returns the service, for what comes beside.
 */
export function refusedAll(requests: readonly BadRequest[]): () => Service {
  let one: Served;
  let client: WireClient;
  let before: unknown;
  beforeAll(async () => {
    one = await served({ store: new MemoryThreadStore({ limits, leaseDurationMs: 3_600_000 }), limits });
    client = new WireClient(one.endpoint);
    await fill(one.store);
    before = await stored(one.store);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await one[Symbol.asyncDispose]();
  });
  test.each(requests)('$method: $what', async ({ method, request, reason, field, message }) => {
    const error = await client.call(method, Buffer.isBuffer(request) ? request : requestBytes(method, request));
    expect(error).toBeInstanceOf(ThreadStoreError);
    const details = field === undefined ? {} : { details: { field } };
    expect(error).toMatchObject({ reason, effect: 'none', remote: true, ...details });
    const text = error?.message ?? '';
    expect(text).toMatch(message ?? /./);
    expect(text).toContain(field ?? '');
    expect(text).toMatch(/^[\x20-\x7e]{1,200}$/);
    expect(await stored(one.store)).toEqual(before);
  });
  return () => ({ client, store: one.store });
}
