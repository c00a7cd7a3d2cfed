import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, steal, wholeThread } from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

export const shutdownThreadChapter = chapter(
  'shutdownThread',
  check('releases the lease and changes nothing else', async ({ store, open }) => {
    const writer = await createThread(store);
    await writer.append(item(0));
    const before = await wholeThread(store, writer);
    assert.notEqual(before.lease, null);
    await writer.shutdown();
    assert.deepEqual(await wholeThread(await open(), writer), { ...before, lease: null });
    await refused(writer.append(item(1)), 'WRITER_RELEASED');
  }),

  check('stores the appends that were called before it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const other = await open();
    const appends = Array.from({ length: 20 }, (_, n) => writer.append(item(n)));
    const read = writer.shutdown().then(() => wholeThread(other, writer));
    const [{ history, lease }] = await Promise.all([read, ...appends]);
    assert.deepEqual([history?.items, lease], [items(20), null]);
  }),

  check('releases the lease although an append before it has failed', async ({ store }) => {
    const writer = await createThread(store);
    const bad = refused(store.appendItems({ ...writer.ref, sequence: 7n, items: [item(7)] }), 'SEQUENCE_GAP');
    await writer.shutdown();
    await bad;
    assert.equal((await store.readThread(writer)).lease, null);
    await store.resumeThread({ threadId: writer.threadId });
  }),

  check('leaves no trace of a thread that was never materialised', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: { preview: 'x' } });
    await writer.shutdown();
    const other = await open();
    await refused(other.readThread(writer), 'THREAD_NOT_FOUND');
    assert.deepEqual(await listIds(other), []);
    await refused(writer.append(item(0)), 'THREAD_NOT_FOUND');
    await refused(writer.shutdown(), 'THREAD_NOT_FOUND');
    await createUnmaterialised(other, { threadId: writer.threadId });
  }),

  check('resolves again when it is repeated with the same epoch', async ({ store, open }) => {
    const writer = await createThread(store);
    await writer.shutdown();
    const before = await wholeThread(store, writer);
    await writer.shutdown();
    await (await open()).shutdownThread(writer.ref);
    assert.deepEqual(await wholeThread(store, writer), before);
    const discarded = await createThread(store);
    await discarded.discard();
    await discarded.shutdown();
  }),

  check('is refused to a fenced epoch, and the newer writer is unharmed', async ({ store, open }) => {
    const old = await createThread(store);
    const thief = await steal(await open(), old);
    await refused(old.shutdown(), 'FENCED', { expected: String(old.epoch), actual: String(thief.epoch) });
    assert.notEqual((await store.readThread(old)).lease, null);
    await thief.append(item(0));
    assert.deepEqual(await itemsOf(store, old), [item(0)]);
  }),

  check('is refused to an epoch that was never granted', async ({ store }) => {
    const writer = await createThread(store);
    await refused(store.shutdownThread({ ...writer.ref, epoch: writer.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    await writer.append(item(0));
  }),
);
