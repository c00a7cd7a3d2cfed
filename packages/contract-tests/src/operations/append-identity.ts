import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, errorOf, refused, refusedField } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, steal } from '../support/threads.ts';

const duplicates = [
  check('answers a repeated batch with the ordinals it has, and stores nothing twice', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const batch = writer.batch(items(3));
    await store.appendItems(batch);
    const other = await open();
    for (const client of [store, other, store]) {
      assert.deepEqual(await client.appendItems(batch), { firstOrdinal: 0n, lastOrdinal: 2n, duplicate: true });
    }
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),

  check('knows a batch also after many later ones', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const batches = Array.from({ length: 30 }, (_, n) => writer.batch([item(2 * n), item(2 * n + 1)]));
    const results = await Promise.all(batches.map((batch) => store.appendItems(batch)));
    for (const n of [0, 1, 14, 28, 29]) {
      const batch = batches[n];
      assert.ok(batch);
      assert.deepEqual(await store.appendItems(batch), { ...results[n], duplicate: true });
    }
    assert.deepEqual(await itemsOf(store, writer), items(60));
  }),

  check('knows a batch whose epoch has been fenced since', async ({ store, open }) => {
    const old = await createUnmaterialised(store);
    const batch = old.batch(items(2));
    await store.appendItems(batch);
    const thief = await steal(await open(), old);
    await thief.append(item('new'));
    assert.deepEqual(await store.appendItems(batch), { firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true });
    await refused(old.append(item('late')), 'FENCED');
    assert.deepEqual(await itemsOf(store, old), [...items(2), item('new')]);
  }),

  check('knows a batch whose epoch has been released since, also in the archive', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const batch = writer.batch(items(2));
    await store.appendItems(batch);
    const duplicate = { firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true };
    await writer.shutdown();
    assert.deepEqual(await store.appendItems(batch), duplicate);
    await store.archiveThread({ threadId: writer.threadId });
    assert.deepEqual(await store.appendItems(batch), duplicate);
    assert.equal((await store.readThread({ threadId: writer.threadId, includeArchived: true })).lease, null);
  }),

  check('keeps the batches of two epochs with the same sequence apart', async ({ store }) => {
    const first = await createUnmaterialised(store);
    const firstBatch = first.batch([item('same')]);
    await store.appendItems(firstBatch);
    const second = await steal(store, first);
    const secondBatch = second.batch([item('same')]);
    assert.deepEqual(await store.appendItems(secondBatch), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
    assert.deepEqual(await store.appendItems(firstBatch), { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: true });
    assert.deepEqual(await store.appendItems(secondBatch), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: true });
  }),

  check('stores one batch once when it is sent many times at once', async ({ store, open }) => {
    const writer = await createThread(store);
    const batch = writer.batch(items(5));
    const clients = [store, await open(), await open()];
    const results = await Promise.all([...clients, ...clients].map((client) => client.appendItems(batch)));
    assert.equal(results.filter((result) => !result.duplicate).length, 1, 'one attempt has stored it');
    for (const result of results) assert.deepEqual([result.firstOrdinal, result.lastOrdinal], [0n, 4n]);
    assert.deepEqual(await itemsOf(store, writer), items(5));
  }),
];

const reuse = [
  check('refuses a sequence that was used for other items', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(2));
    await writer.append(item(2));
    const others = [[item(0)], [item(1), item(0)], items(3), [item(0), `${item(1)} `]];
    for (const other of others) {
      const call = store.appendItems({ ...writer.ref, sequence: 0n, items: other });
      await refused(call, 'SEQUENCE_REUSED', { actual: '0' });
    }
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),

  check('tells items apart that are the same text in all', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(`${item(0)} `, item(1));
    await refused(
      store.appendItems({ ...writer.ref, sequence: 0n, items: [item(0), ` ${item(1)}`] }),
      'SEQUENCE_REUSED',
    );
  }),

  check('refuses a used sequence with other items also to a fenced or released epoch', async ({ store }) => {
    const old = await createUnmaterialised(store);
    await old.append(item(0));
    const thief = await steal(store, old);
    const other = { sequence: 0n, items: [item('other')] };
    await refused(store.appendItems({ ...old.ref, ...other }), 'SEQUENCE_REUSED');
    await thief.append(item(1));
    await thief.shutdown();
    await refused(store.appendItems({ ...thief.ref, ...other }), 'SEQUENCE_REUSED');
    assert.deepEqual(await itemsOf(store, old), items(2));
  }),
];

const gaps = [
  check('refuses a batch whose predecessor is missing', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await refused(store.appendItems({ ...writer.ref, sequence: 1n, items: [item(0)] }), 'SEQUENCE_GAP', {
      expected: '0',
      actual: '1',
    });
    await refused(store.readThread(writer), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
    await refused(store.appendItems({ ...writer.ref, sequence: 5n, items: [item(1)] }), 'SEQUENCE_GAP', {
      expected: '1',
      actual: '5',
    });
    assert.deepEqual(await itemsOf(store, writer), [item(0)]);
  }),

  check(
    'refuses the batches after one that failed, and takes all of them when they are sent again',
    async ({ store }) => {
      const writer = await createUnmaterialised(store);
      const batches = Array.from({ length: 6 }, (_, n) => writer.batch([item(n)]));
      const outcomes = await Promise.allSettled(
        batches.map((batch, n) => store.appendItems(n === 2 ? { ...batch, items: ['not json'] } : batch)),
      );
      const expected = [null, null, 'ITEM_NOT_JSON', 'SEQUENCE_GAP', 'SEQUENCE_GAP', 'SEQUENCE_GAP'] as const;
      for (const [n, outcome] of outcomes.entries()) {
        const reason = expected[n] ?? null;
        if (reason === null || outcome.status === 'fulfilled')
          assert.deepEqual([n, outcome.status, reason], [n, 'fulfilled', null]);
        else assertRefusal(outcome.reason, reason);
      }
      assert.deepEqual(await itemsOf(store, writer), items(2));
      await Promise.all(batches.map((batch) => store.appendItems(batch)));
      assert.deepEqual(await itemsOf(store, writer), items(6));
    },
  ),

  check('refuses numbers that no writer can have', async ({ store }) => {
    const writer = await createThread(store);
    const batch = { ...writer.ref, sequence: 0n, items: [item(0)] };
    await refusedField(store.appendItems({ ...batch, sequence: -1n }), 'sequence');
    await refusedField(store.appendItems({ ...batch, sequence: 2n ** 64n }), 'sequence');
    await refusedField(store.appendItems({ ...batch, epoch: -1n }), 'epoch');
    await refusedField(store.appendItems({ ...batch, epoch: 2n ** 64n }), 'epoch');
    await refusedField(store.appendItems({ ...batch, sequence: 0 as unknown as bigint }), 'sequence');
    await refusedField(store.appendItems({ ...batch, epoch: String(batch.epoch) as unknown as bigint }), 'epoch');
    const { code } = await errorOf(store.appendItems({ ...batch, epoch: 0n }));
    assert.ok(code === 'conflict' || code === 'invalid_request', `epochs begin at 1, epoch 0 is refused as ${code}`);
    assert.deepEqual(await itemsOf(store, writer), []);
  }),
];

export const appendIdentityChapter = chapter('appendItems: one batch, stored once', ...duplicates, ...reuse, ...gaps);
