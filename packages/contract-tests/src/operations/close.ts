import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, Writer } from '../support/threads.ts';

export const closeChapter = chapter(
  'close',
  check('resolves again when it is repeated', async ({ open }) => {
    const store = await open();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await refused(store.listThreads(), 'STORE_CLOSED');
  }),

  check('is what an await using declaration calls', async ({ open }) => {
    let kept;
    {
      await using store = await open();
      kept = store;
      await store.listThreads();
    }
    await refused(kept.listThreads(), 'STORE_CLOSED');
    await kept.close();
  }),

  check('lets the calls under way finish', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const other = await open();
    const going = new Writer(other, await other.resumeThread({ threadId: writer.threadId, takeover: 'steal' }));
    const appends = Array.from({ length: 10 }, (_, n) => going.append(item(n + 1)));
    const reads = [other.readThread(writer), other.readThread(writer)];
    await other.close();
    await Promise.all([...appends, ...reads]);
    assert.deepEqual(await itemsOf(store, writer), items(11));
  }),

  check('refuses calls that come after it was called, also before it has resolved', async ({ store, open }) => {
    const writer = await createThread(store);
    const other = await open();
    const closing = other.close();
    const late = refused(other.appendItems(writer.batch([item(0)])), 'STORE_CLOSED');
    await Promise.all([closing, late]);
    assert.deepEqual(await itemsOf(store, writer), []);
  }),

  check('leaves leases as they are', async ({ open }) => {
    const first = await open();
    const writer = await createThread(first);
    const { lease } = await first.readThread(writer);
    await first.close();
    const second = await open();
    const { threadId } = writer;
    assert.deepEqual((await second.readThread({ threadId })).lease, lease);
    await refused(second.resumeThread({ threadId }), 'WRITER_LIVE');
    assert.equal(
      (await second.appendItems(writer.batch([item(0)]))).duplicate,
      false,
      'the grant outlives the store object',
    );
  }),

  check('touches no other store object', async ({ store, open }) => {
    const writer = await createThread(store);
    await (await open()).close();
    await writer.append(item(0));
    assert.deepEqual(await itemsOf(store, writer), [item(0)]);
  }),
);
