import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { fullPatch, patchedFully, pick } from '../support/metadata.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread, createUnmaterialised, itemsOf, steal } from '../support/threads.ts';
import { until } from '../support/waiting.ts';
import { listIds } from '../support/walk.ts';

export const persistThreadChapter = chapter(
  'persistThread',
  check('materialises a thread without an item', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: fullPatch });
    await writer.persist();
    const other = await open();
    const thread = await other.readThread({ threadId: writer.threadId, includeHistory: true });
    assert.deepEqual(pick(thread, patchedFully), patchedFully);
    assert.deepEqual(thread.history?.items, []);
    assert.equal(thread.nextOrdinal, 0n);
    assert.deepEqual(await listIds(other), [writer.threadId]);
  }),

  check('resolves after the appends that were called before it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const other = await open();
    const appends = Array.from({ length: 20 }, (_, n) => writer.append(item(n)));
    const read = writer.persist().then(() => itemsOf(other, writer));
    const [texts] = await Promise.all([read, ...appends]);
    assert.deepEqual(texts, items(20));
  }),

  check('materialises although an append before it has failed', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const bad = refused(store.appendItems({ ...writer.ref, sequence: 7n, items: [item(7)] }), 'SEQUENCE_GAP');
    await writer.persist();
    await bad;
    assert.deepEqual(await itemsOf(store, writer), []);
  }),

  check('is idempotent and changes nothing of a thread that is materialised', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const before = await store.readThread(writer);
    await writer.persist();
    await Promise.all([writer.persist(), writer.persist()]);
    const after = await store.readThread(writer);
    assert.deepEqual({ ...after, lease: before.lease }, before);
    assert.deepEqual(await writer.append(item(1)), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
  }),

  checkWith({ leaseDurationMs: 60_000 }, 'renews the lease', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.persist();
    const first = (await store.readThread(writer)).lease;
    await until('a later end of the lease', async () => {
      await writer.persist();
      const { lease } = await store.readThread(writer);
      return (lease?.until ?? 0) > (first?.until ?? 0) ? lease : undefined;
    });
  }),

  check('is refused to an epoch that was fenced, released or never granted', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.persist();
    await refused(store.persistThread({ ...writer.ref, epoch: writer.epoch + 5n }), 'EPOCH_NOT_GRANTED', {
      expected: String(writer.epoch + 5n),
      actual: String(writer.epoch),
    });
    const thief = await steal(store, writer);
    await refused(writer.persist(), 'FENCED', { expected: String(writer.epoch), actual: String(thief.epoch) });
    await refused((await createIdleThread(store)).persist(), 'WRITER_RELEASED');
  }),
);
