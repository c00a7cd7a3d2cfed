import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread, createThread, createUnmaterialised, itemsOf, steal } from '../support/threads.ts';
import { until } from '../support/waiting.ts';

export const flushThreadChapter = chapter(
  'flushThread',
  check('resolves when the appends that were called before it are readable', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const other = await open();
    const appends = Array.from({ length: 20 }, (_, n) => writer.append(item(n)));
    const read = writer.flush().then(() => itemsOf(other, writer));
    const [texts] = await Promise.all([read, ...appends]);
    assert.deepEqual(texts, items(20));
  }),

  check('resolves although an append has failed, which rejects its own promise', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const good = writer.append(item(0));
    const bad = refused(store.appendItems({ ...writer.ref, sequence: 7n, items: [item(7)] }), 'SEQUENCE_GAP');
    await writer.flush();
    assert.deepEqual(await itemsOf(store, writer), [item(0)]);
    await good;
    await bad;
  }),

  check('does not materialise the thread', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.flush();
    await writer.flush();
    await refused(store.readThread(writer), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
    assert.equal((await store.readThread(writer)).nextOrdinal, 1n);
  }),

  check('changes nothing of a thread but the end of its lease', async ({ store }) => {
    const writer = await createThread(store);
    await writer.append(item(0));
    const before = await store.readThread(writer);
    await writer.flush();
    const after = await store.readThread(writer);
    assert.deepEqual({ ...after, lease: before.lease }, before);
  }),

  checkWith({ leaseDurationMs: 60_000 }, 'renews the lease', async ({ store }) => {
    const writer = await createThread(store);
    const first = (await store.readThread(writer)).lease;
    await until('a later end of the lease', async () => {
      await writer.flush();
      const { lease } = await store.readThread(writer);
      return (lease?.until ?? 0) > (first?.until ?? 0) ? lease : undefined;
    });
  }),

  check('is refused to an epoch that was fenced, released or never granted', async ({ store }) => {
    const writer = await createThread(store);
    await refused(store.flushThread({ ...writer.ref, epoch: writer.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    const thief = await steal(store, writer);
    await refused(writer.flush(), 'FENCED', { expected: String(writer.epoch), actual: String(thief.epoch) });
    await refused((await createIdleThread(store)).flush(), 'WRITER_RELEASED');
  }),
);
