import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, refused, refusedField, refusedStream } from '../support/refusals.ts';
import {
  createArchivedThread,
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  newThreadId,
  steal,
  wholeThread,
} from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

export const deleteThreadChapter = chapter(
  'deleteThread',
  check('takes a thread away from every read and every list', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store, { metadata: { name: 'secret name' } });
    const kept = await createIdleThread(store);
    await store.deleteThread({ threadId });
    for (const reader of [store, await open()]) {
      for (const includeArchived of [false, true]) {
        await refused(reader.readThread({ threadId, includeArchived }), 'THREAD_DELETED');
        await refused(reader.loadHistory({ threadId, includeArchived }), 'THREAD_DELETED');
        await refusedStream(reader.streamHistory({ threadId, includeArchived }), 'THREAD_DELETED');
      }
      assert.deepEqual(await listIds(reader), [kept.threadId]);
      assert.deepEqual(await listIds(reader, { archived: true }), []);
      assert.deepEqual(await listIds(reader, { searchTerm: 'secret' }), []);
    }
  }),

  check('works on archived threads', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await store.deleteThread({ threadId });
    await refused(store.readThread({ threadId, includeArchived: true }), 'THREAD_DELETED');
    assert.deepEqual(await listIds(store, { archived: true }), []);
  }),

  check('works on live threads, whose writer then finds nothing', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const batch = writer.batch([item(0)]);
    await store.appendItems(batch);
    await (await open()).deleteThread({ threadId: writer.threadId });
    await refused(writer.append(item(1)), 'THREAD_DELETED');
    await refused(store.appendItems(batch), 'THREAD_DELETED');
    await refused(writer.persist(), 'THREAD_DELETED');
    await refused(writer.flush(), 'THREAD_DELETED');
    await refused(writer.shutdown(), 'THREAD_DELETED');
    await writer.discard();
  }),

  check('leaves a tombstone that nothing brings to life', async ({ store }) => {
    const { threadId } = await createDeletedThread(store);
    await refused(store.createThread({ threadId }), 'THREAD_ID_USED');
    for (const takeover of ['fail', 'steal'] as const) {
      await refused(store.resumeThread({ threadId, takeover, includeArchived: true }), 'THREAD_DELETED');
    }
    const patch = { name: 'x' };
    await refused(store.updateThreadMetadata({ threadId, patch, includeArchived: true }), 'THREAD_DELETED');
    await refused(store.archiveThread({ threadId }), 'THREAD_DELETED');
    await refused(store.unarchiveThread({ threadId }), 'THREAD_DELETED');
    assert.deepEqual(await listIds(store), []);
  }),

  check('resolves again when it is repeated', async ({ store, open }) => {
    const { threadId } = await createDeletedThread(store);
    await store.deleteThread({ threadId });
    await (await open()).deleteThread({ threadId: threadId.toUpperCase() });
    await refused(store.readThread({ threadId }), 'THREAD_DELETED');
  }),

  check('deletes what is still the caller’s own, when it tells its epoch', async ({ store, open }) => {
    const writer = await createThread(store);
    await writer.append(item(0));
    await store.deleteThread({ ...writer.ref, threadId: writer.threadId.toUpperCase() });
    await refused(store.readThread(writer), 'THREAD_DELETED');
    await store.deleteThread(writer.ref);
    await (await open()).deleteThread({ threadId: writer.threadId, epoch: writer.epoch + 7n });
    const archived = await createThread(store);
    await store.archiveThread(archived.ref);
    await store.deleteThread(archived.ref);
    await refused(archived.append(item(0)), 'THREAD_DELETED');
  }),

  check('is refused to an epoch that is not the current one, and deletes nothing', async ({ store, open }) => {
    const old = await createThread(store);
    await old.append(item(0));
    const thief = await steal(await open(), old);
    const { threadId } = old;
    const before = await wholeThread(store, old);
    await refused(store.deleteThread(old.ref), 'FENCED', { expected: String(old.epoch), actual: String(thief.epoch) });
    await refused(store.deleteThread({ threadId, epoch: thief.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    await refusedField(store.deleteThread({ threadId, epoch: -1n }), 'epoch');
    assert.deepEqual(await wholeThread(store, old), before);
    await thief.append(item(1));
    await thief.shutdown();
    await refused(store.deleteThread(thief.ref), 'WRITER_RELEASED', { actual: String(thief.epoch) });
    await refused(store.deleteThread(old.ref), 'FENCED');
    assert.deepEqual(await itemsOf(store, old), items(2));
    await store.deleteThread({ threadId });
  }),

  check('is refused for an id that never had a materialised thread', async ({ store }) => {
    await refused(store.deleteThread({ threadId: newThreadId() }), 'THREAD_NOT_FOUND');
    const writer = await createUnmaterialised(store);
    await refused(store.deleteThread({ threadId: writer.threadId }), 'THREAD_NOT_FOUND');
    await refused(store.deleteThread(writer.ref), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
    assert.deepEqual(await itemsOf(store, writer), [item(0)]);
  }),

  check('touches no other thread, forks and children included', async ({ store }) => {
    const parent = await createThread(store);
    await parent.append(...items(3));
    const { threadId } = parent;
    const child = await createIdleThread(store, { parentThreadId: threadId, forkedFromId: threadId });
    await store.deleteThread({ threadId });
    const thread = await store.readThread({ threadId: child.threadId });
    assert.deepEqual([thread.parentThreadId, thread.forkedFromId], [threadId, threadId]);
    assert.deepEqual(await itemsOf(store, child), [item('first')]);
  }),

  check('stores nothing of appends that it overtakes', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const other = await open();
    const appends = Promise.allSettled(Array.from({ length: 10 }, (_, n) => writer.append(item(n + 1))));
    await other.deleteThread({ threadId: writer.threadId });
    for (const outcome of await appends) {
      if (outcome.status === 'rejected') assertRefusal(outcome.reason, 'THREAD_DELETED');
    }
    await refused(other.loadHistory(writer), 'THREAD_DELETED');
    await refused(other.createThread({ threadId: writer.threadId }), 'THREAD_ID_USED');
  }),
);
