import { randomUUID } from 'node:crypto';
import type { ThreadId, WriterRef } from '@threadstore/core';
import { waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { backends, emptyTables, serverDatabase, type TestDatabase } from './support/databases.ts';
import { waitingForLock, withRowLocked } from './support/locks.ts';
import { writtenThread } from './support/threads.ts';

async function untils({ database }: TestDatabase): Promise<ReadonlyMap<ThreadId, string>> {
  const rows = await database.query('select thread_id, lease_until from threadstore.threads');
  return new Map(rows.map((row) => [row['thread_id'] ?? '', row['lease_until'] ?? 'released']));
}

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
  });
  beforeEach(() => emptyTables(opened.database));
  afterAll(() => opened[Symbol.asyncDispose]());

  test('hundreds of leases are renewed in one transaction', async () => {
    const writers = await Promise.all(
      Array.from({ length: 300 }, () => store.createThread({ threadId: randomUUID() })),
    );
    const later = new PostgresThreadStore({ database: opened.database, leaseDurationMs: 3_600_000 });
    const before = await untils(opened);
    expect(await later.renewLeases({ writers })).toEqual({ lost: [] });
    const after = await untils(opened);
    for (const { threadId } of writers) expect(after.get(threadId)).not.toBe(before.get(threadId));
    const commits = await opened.database.query('select distinct xmin::text from threadstore.threads');
    expect(commits).toHaveLength(1);
  });

  test('those that may write no more are told with why, and the others renewed', async () => {
    const [fenced, released, gone, alive] = await Promise.all(Array.from({ length: 4 }, () => writtenThread(store)));
    if (!fenced || !released || !gone || !alive) throw new Error('no thread');
    const next = await store.resumeThread({ threadId: fenced.threadId, takeover: 'steal' });
    await store.shutdownThread(released);
    await store.deleteThread({ threadId: gone.threadId });
    const never: WriterRef = { threadId: randomUUID(), epoch: 1n };
    const writers = [fenced, released, { ...alive, epoch: 7n }, gone, never, alive, next, alive];
    const { lost } = await store.renewLeases({ writers });
    expect(lost).toMatchObject([
      { ...fenced, error: { reason: 'FENCED' } },
      { ...released, error: { reason: 'WRITER_RELEASED' } },
      { ...alive, epoch: 7n, error: { reason: 'EPOCH_NOT_GRANTED' } },
      { ...gone, error: { reason: 'THREAD_DELETED' } },
      { ...never, error: { reason: 'THREAD_NOT_FOUND' } },
    ]);
  });
});

test('a row that is held keeps no other lease waiting, and is renewed in the end', async () => {
  await using opened = await serverDatabase();
  const store = new PostgresThreadStore({ database: opened.database });
  const later = new PostgresThreadStore({ database: opened.database, leaseDurationMs: 3_600_000 });
  const [held, ...others] = await Promise.all(Array.from({ length: 5 }, () => writtenThread(store)));
  if (held === undefined) throw new Error('no thread');
  const before = await untils(opened);
  await withRowLocked(opened.database, held.threadId, async (release) => {
    const renewal = later.renewLeases({ writers: [held, ...others] });
    await waitFor(async () => {
      const now = await untils(opened);
      return others.every(({ threadId }) => now.get(threadId) !== before.get(threadId));
    });
    await waitingForLock(opened.database);
    expect((await untils(opened)).get(held.threadId)).toBe(before.get(held.threadId));
    release();
    expect(await renewal).toEqual({ lost: [] });
  });
  expect((await untils(opened)).get(held.threadId)).not.toBe(before.get(held.threadId));
});
