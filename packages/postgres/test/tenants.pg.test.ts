import { randomUUID } from 'node:crypto';
import type { ThreadStore, ThreadStoreError } from '@threadstore/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { backends, emptyTables, type TestDatabase } from './support/databases.ts';
import { everythingOf, failure } from './support/errors.ts';
import { item, items, writtenThread } from './support/threads.ts';

const freshId = randomUUID();

/** Every operation that names a thread, as a stranger would try it. */
const operations: Readonly<Record<string, (store: ThreadStore, threadId: string) => Promise<unknown>>> = {
  resume: (store, threadId) => store.resumeThread({ threadId, takeover: 'steal', includeArchived: true }),
  append: (store, threadId) => store.appendItems({ threadId, epoch: 1n, sequence: 0n, items: items(2) }),
  'append next': (store, threadId) => store.appendItems({ threadId, epoch: 1n, sequence: 1n, items: items(1) }),
  persist: (store, threadId) => store.persistThread({ threadId, epoch: 1n }),
  flush: (store, threadId) => store.flushThread({ threadId, epoch: 1n }),
  shutdown: (store, threadId) => store.shutdownThread({ threadId, epoch: 1n }),
  'load history': (store, threadId) => store.loadHistory({ threadId, includeArchived: true }),
  'stream history': async (store, threadId) => {
    for await (const _ of store.streamHistory({ threadId, includeArchived: true })) continue;
  },
  read: (store, threadId) => store.readThread({ threadId, includeArchived: true, includeHistory: true }),
  fork: (store, threadId) => store.forkThread({ threadId: freshId, sourceThreadId: threadId, includeArchived: true }),
  'fork at a turn': (store, threadId) =>
    store.forkThread({ threadId: freshId, sourceThreadId: threadId, at: { beforeTurn: 'x' } }),
  'list turns': (store, threadId) => store.listTurns({ threadId, includeArchived: true }),
  'list items': (store, threadId) => store.listItems({ threadId, includeArchived: true }),
  patch: (store, threadId) =>
    store.updateThreadMetadata({ threadId, patch: { name: 'stolen' }, includeArchived: true }),
  'empty patch': (store, threadId) => store.updateThreadMetadata({ threadId, patch: {}, includeArchived: true }),
  archive: (store, threadId) => store.archiveThread({ threadId }),
  'archive as writer': (store, threadId) => store.archiveThread({ threadId, epoch: 1n }),
  unarchive: (store, threadId) => store.unarchiveThread({ threadId }),
  delete: (store, threadId) => store.deleteThread({ threadId }),
};

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let ours: PostgresThreadStore;
  let theirs: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    ours = new PostgresThreadStore({ database: opened.database, tenant: 'ours' });
    theirs = new PostgresThreadStore({ database: opened.database, tenant: 'theirs' });
  });
  afterAll(() => opened[Symbol.asyncDispose]());
  beforeEach(() => emptyTables(opened.database));

  test('the same id names two threads, which do not touch each other', async () => {
    const threadId = randomUUID();
    for (const [store, who] of [
      [ours, 'ours'],
      [theirs, 'theirs'],
    ] as const) {
      const { epoch } = await store.createThread({ threadId, metadata: { name: who } });
      await store.appendItems({ threadId, epoch, sequence: 0n, items: [item(who)] });
    }
    await theirs.appendItems({ threadId, epoch: 1n, sequence: 1n, items: [item('more')] });
    await theirs.updateThreadMetadata({ threadId, patch: { title: 'theirs' } });
    await theirs.archiveThread({ threadId, epoch: 1n });
    expect(await ours.readThread({ threadId, includeHistory: true })).toMatchObject({
      name: 'ours',
      title: null,
      archivedAt: null,
      nextOrdinal: 1n,
      history: { items: [item('ours')] },
    });
    await theirs.deleteThread({ threadId });
    expect((await ours.loadHistory({ threadId })).items).toEqual([item('ours')]);
    expect((await ours.listThreads()).threads.map(({ name }) => name)).toEqual(['ours']);
    expect((await theirs.listThreads()).threads).toEqual([]);
  });

  test.each(Object.entries(operations))('%s: a foreign thread is an absent one, to the byte', async (_, operate) => {
    const { threadId } = await writtenThread(theirs);
    const before = await opened.database.query('select * from threadstore.threads');
    const absentId = randomUUID();
    const foreign = await failure(operate(ours, threadId));
    const absent = await failure(operate(ours, absentId));
    expect(foreign).toMatchObject({ code: 'not_found', reason: 'THREAD_NOT_FOUND' });
    // All but the stack, which tells where in the store it was made.
    const shown = (
      { name, message, code, reason, details, effect, retryAfterMs, remote, cause }: ThreadStoreError,
      id: string,
    ) =>
      everythingOf({ name, message, code, reason, details, effect, retryAfterMs, remote, cause }).replaceAll(
        id,
        '<id>',
      );
    expect(shown(foreign, threadId)).toBe(shown(absent, absentId));
    expect(await opened.database.query('select * from threadstore.threads')).toEqual(before);
  });

  test('a tombstone is its own tenant’s', async () => {
    const { threadId } = await writtenThread(theirs);
    await theirs.deleteThread({ threadId });
    expect(await failure(ours.readThread({ threadId }))).toMatchObject({ reason: 'THREAD_NOT_FOUND' });
    await ours.createThread({ threadId });
    expect(await failure(theirs.createThread({ threadId }))).toMatchObject({ reason: 'THREAD_ID_USED' });
  });

  test('relations and cursors end at the tenant', async () => {
    const parentThreadId = randomUUID();
    for (const store of [ours, theirs]) {
      for (const name of ['a', 'b']) {
        const threadId = randomUUID();
        const origin = { parentThreadId, forkedFromId: parentThreadId };
        const { epoch } = await store.createThread({ threadId, ...origin, metadata: { name } });
        await store.persistThread({ threadId, epoch });
      }
    }
    for (const relation of [
      { directChildrenOf: parentThreadId },
      { descendantsOf: parentThreadId },
      { forksOf: parentThreadId },
    ]) {
      expect((await ours.listThreads({ relation })).threads).toHaveLength(2);
    }
    const { nextCursor } = await ours.listThreads({ pageSize: 1 });
    expect(nextCursor).not.toBeNull();
    expect(await failure(theirs.listThreads({ pageSize: 1, cursor: nextCursor }))).toMatchObject({
      code: 'invalid_request',
    });
  });
});

test.each([[''], ['x'.repeat(256)], ['a\0b'], ['\ud800']])(
  'a tenant that no key can hold is refused: %j',
  async (tenant) => {
    const database = { query: () => expect.fail('asked the database') } as never;
    expect(() => new PostgresThreadStore({ database, tenant })).toThrow(RangeError);
  },
);
