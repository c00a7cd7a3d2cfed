import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createArchivedThread, createThread, createUnmaterialised } from '../support/threads.ts';

export const loadHistoryChapter = chapter(
  'loadHistory',
  check('gives all items in order', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(7));
    await writer.append(...items(5, 7));
    const threadId = writer.threadId.toUpperCase();
    assert.deepEqual(await (await open()).loadHistory({ threadId }), { threadId: writer.threadId, items: items(12) });
  }),

  check('gives no items of a thread without any', async ({ store }) => {
    const { threadId } = await createThread(store);
    assert.deepEqual(await store.loadHistory({ threadId }), { threadId, items: [] });
  }),

  check('gives a snapshot that later appends do not change', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const history = await store.loadHistory(writer);
    await writer.append(item(1));
    assert.deepEqual(history.items, [item(0)]);
  }),

  check('shows each batch as a whole or not at all while it is appended', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(10));
    const other = await open();
    const appends = Promise.all(Array.from({ length: 10 }, (_, n) => writer.append(...items(10, 10 * (n + 1)))));
    const seen = await Promise.all(Array.from({ length: 10 }, () => other.loadHistory(writer)));
    await appends;
    for (const { items: texts } of seen) {
      assert.equal(texts.length % 10, 0, 'whole batches only');
      assert.deepEqual(texts, items(texts.length));
    }
  }),

  check('hands out texts that nobody else holds', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(2));
    for (const spoil of [(texts: string[]) => texts.reverse(), (texts: string[]) => texts.push(item('added'))]) {
      const history = await store.loadHistory(writer);
      tryTo(() => spoil(history.items as string[]));
      assert.deepEqual((await store.loadHistory(writer)).items, items(2));
    }
  }),

  check('reads an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(store.loadHistory({ threadId }), 'THREAD_ARCHIVED');
    await refused(store.loadHistory({ threadId, includeArchived: false }), 'THREAD_ARCHIVED');
    assert.deepEqual(await store.loadHistory({ threadId, includeArchived: true }), {
      threadId,
      items: [item('first')],
    });
  }),
);

/** What a store hands out may be frozen; then a change fails, which is as good. */
function tryTo(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    assert.ok(error instanceof TypeError);
  }
}
