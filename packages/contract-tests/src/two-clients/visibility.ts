import assert from 'node:assert/strict';
import type { ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { inTheFuture } from '../support/metadata.ts';
import { refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, Writer } from '../support/threads.ts';
import { collectItems, listIds } from '../support/walk.ts';

export const visibilityChapter = chapter(
  'two clients: what one has written the other reads',
  check('every acknowledged write is read by the other at once', async ({ store, open }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    const { threadId } = writer;
    await writer.append(item(0));
    assert.deepEqual(await itemsOf(other, writer), items(1));
    assert.deepEqual(await collectItems(other.streamHistory({ threadId })), items(1));
    await store.updateThreadMetadata({ threadId, patch: { name: 'n' } });
    assert.equal((await other.readThread({ threadId })).name, 'n');
    assert.deepEqual(await listIds(other, { searchTerm: 'n' }), [threadId]);
    await writer.shutdown();
    assert.equal((await other.readThread({ threadId })).lease, null);
    await store.archiveThread({ threadId });
    await refused(other.readThread({ threadId }), 'THREAD_ARCHIVED');
    await store.unarchiveThread({ threadId });
    assert.equal((await other.readThread({ threadId })).archivedAt, null);
    await store.deleteThread({ threadId });
    await refused(other.readThread({ threadId }), 'THREAD_DELETED');
  }),

  check('two writers in turn see each other’s items', async ({ store, open }) => {
    const clients = [store, await open()] as const;
    const first = await createThread(store);
    const { threadId } = first;
    await first.shutdown();
    for (let n = 0; n < 6; n += 1) {
      const client: ThreadStore = clients[n % 2 === 0 ? 1 : 0];
      const writer = new Writer(client, await client.resumeThread({ threadId }));
      assert.deepEqual(await itemsOf(client, writer), items(n));
      await writer.append(item(n));
      await writer.shutdown();
    }
    assert.deepEqual(await itemsOf(store, first), items(6));
  }),

  check('a reader never sees less than it has seen', async ({ store, open }) => {
    const writer = await createThread(store);
    const readers = [await open(), await open()];
    let done = false;
    const reading = readers.map(async (reader) => {
      let seen = 0;
      for (let ended = false; !ended;) {
        ended = done;
        const texts = await itemsOf(reader, writer);
        assert.ok(texts.length >= seen, `${seen} items, then ${texts.length}`);
        assert.deepEqual(texts, items(texts.length));
        seen = texts.length;
      }
      return seen;
    });
    for (let n = 0; n < 30; n += 1) await writer.append(item(n));
    done = true;
    assert.deepEqual(await Promise.all(reading), [30, 30]);
  }),

  check(
    'patches from two clients to different fields both win, also beside appends that carry some',
    async ({ store, open }) => {
      const other = await open();
      const writer = await createThread(store);
      const { threadId } = writer;
      for (let n = 0; n < 5; n += 1) {
        await Promise.all([
          store.updateThreadMetadata({ threadId, patch: { name: `name ${n}`, gitInfo: { branch: `b${n}` } } }),
          other.updateThreadMetadata({ threadId, patch: { title: `title ${n}`, gitInfo: { commitHash: `c${n}` } } }),
          store.appendItems(writer.batch([item(n)], { model: `model ${n}`, advanceRecencyAt: inTheFuture })),
          other.updateThreadMetadata({ threadId, patch: { cwd: `/${n}`, advanceRecencyAt: new Date(n) } }),
        ]);
        const thread = await other.readThread({ threadId });
        const { name, title, model, cwd, gitInfo, recencyAt, nextOrdinal } = thread;
        assert.deepEqual(
          { name, title, model, cwd },
          { name: `name ${n}`, title: `title ${n}`, model: `model ${n}`, cwd: `/${n}` },
        );
        assert.deepEqual(gitInfo, { branch: `b${n}`, commitHash: `c${n}`, repositoryUrl: null });
        assert.deepEqual([recencyAt, nextOrdinal], [inTheFuture, BigInt(n + 1)]);
      }
    },
  ),

  check(
    'patches from two clients to one field leave one of the two values, with the rest of its patch',
    async ({ store, open }) => {
      const other = await open();
      const { threadId } = await createThread(store);
      for (let n = 0; n < 5; n += 1) {
        await Promise.all([
          store.updateThreadMetadata({ threadId, patch: { name: `x${n}`, title: `x${n}`, preview: `x${n}` } }),
          other.updateThreadMetadata({ threadId, patch: { name: `y${n}`, title: `y${n}`, preview: `y${n}` } }),
        ]);
        const { name, title, preview } = await store.readThread({ threadId });
        assert.ok(name === `x${n}` || name === `y${n}`, `name ${name}`);
        assert.deepEqual([title, preview], [name, name], 'a patch is applied as a whole');
      }
    },
  ),
);
