import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import { fullPatch } from '../support/metadata.ts';
import { refused } from '../support/refusals.ts';
import {
  createArchivedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  steal,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

export const unarchiveThreadChapter = chapter(
  'unarchiveThread',
  check(
    'takes the thread out of the archive, touches updatedAt, and resolves to the thread',
    async ({ store, open }) => {
      const { threadId } = await createArchivedThread(store, { metadata: fullPatch });
      const before = await store.readThread({ threadId, includeArchived: true });
      const thread = await store.unarchiveThread({ threadId });
      assert.equal(thread.archivedAt, null);
      assert.ok(Math.abs(thread.updatedAt.getTime() - Date.now()) < 60_000, 'updated about now');
      assert.deepEqual(thread, { ...before, archivedAt: null, updatedAt: thread.updatedAt });
      const other = await open();
      assert.deepEqual(await other.readThread({ threadId }), thread);
      assert.deepEqual(await listIds(other), [threadId]);
      assert.deepEqual(await listIds(other, { archived: true }), []);
    },
  ),

  check('returns a thread that is not archived as it is', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: { updatedAt: new Date(0) } });
    const before = await store.readThread({ threadId });
    assert.deepEqual(await store.unarchiveThread({ threadId }), before);
    assert.deepEqual(await store.unarchiveThread({ threadId }), before);
    assert.deepEqual(await store.readThread({ threadId }), before);
  }),

  check('can be followed by archiving again, under a new time', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const { archivedAt: first } = await wholeThread(store, { threadId });
    await store.unarchiveThread({ threadId });
    await store.archiveThread({ threadId });
    const { archivedAt: second } = await wholeThread(store, { threadId });
    assert.ok(first !== null && second !== null && second >= first);
  }),

  check('respects a running lease unless it is the caller’s own', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const grant = await store.resumeThread({ threadId, includeArchived: true, holder: 'the holder' });
    const writer = new Writer(store, grant);
    await refused(store.unarchiveThread({ threadId }), 'WRITER_LIVE', {
      holder: 'the holder',
      actual: String(grant.epoch),
      leaseUntil: grant.lease.until.toISOString(),
    });
    assert.notEqual((await wholeThread(store, { threadId })).archivedAt, null);
    const thread = await store.unarchiveThread(writer.ref);
    assert.deepEqual([thread.archivedAt, thread.epoch], [null, writer.epoch]);
    await writer.append(item(1));
  }),

  check('is refused to an epoch that is not the current one', async ({ store }) => {
    const old = await createThread(store);
    await store.archiveThread(old.ref);
    const thief = await steal(store, old);
    await refused(store.unarchiveThread(old.ref), 'FENCED', { actual: String(thief.epoch) });
    await refused(store.unarchiveThread({ ...old.ref, epoch: thief.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    await thief.shutdown();
    await refused(store.unarchiveThread(thief.ref), 'WRITER_RELEASED');
    assert.notEqual((await wholeThread(store, old)).archivedAt, null);
    await store.unarchiveThread({ threadId: old.threadId });
  }),

  check('does not show an unmaterialised thread to anybody', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await refused(store.unarchiveThread({ threadId: writer.threadId }), 'THREAD_NOT_FOUND');
    await refused(store.unarchiveThread(writer.ref), 'THREAD_NOT_FOUND');
  }),
);
