import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { fullPatch, inTheFuture, patchedFully, pick, wrongPatches } from '../support/metadata.ts';
import { refused, refusedInput } from '../support/refusals.ts';
import {
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  steal,
  wholeThread,
} from '../support/threads.ts';
import { until } from '../support/waiting.ts';
import { listIds } from '../support/walk.ts';

const batches = [
  check('gives the items ordinals from 0 on, without gaps, in the given order', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    assert.deepEqual(await writer.append(item(0)), { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false });
    assert.deepEqual(await writer.append(...items(3, 1)), { firstOrdinal: 1n, lastOrdinal: 3n, duplicate: false });
    assert.deepEqual(await writer.append(item(4)), { firstOrdinal: 4n, lastOrdinal: 4n, duplicate: false });
    const thread = await wholeThread(store, writer);
    assert.deepEqual(thread.history?.items, items(5));
    assert.equal(thread.nextOrdinal, 5n);
  }),

  check('stores a full batch of the largest number of items', async ({ store, limits }) => {
    const writer = await createUnmaterialised(store);
    const all = items(limits.batchItemsMax);
    const { firstOrdinal, lastOrdinal } = await writer.append(...all);
    assert.deepEqual([firstOrdinal, lastOrdinal], [0n, BigInt(limits.batchItemsMax) - 1n]);
    assert.deepEqual(await itemsOf(store, writer), all);
  }),

  check('materialises the thread with its first batch', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const other = await open();
    assert.equal((await other.readThread(writer)).threadId, writer.threadId);
    assert.deepEqual(await listIds(other), [writer.threadId]);
  }),

  check('is durable and readable by everybody once it has resolved', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const other = await open();
    for (let n = 0; n < 5; n += 1) {
      const { lastOrdinal } = await writer.append(item(n));
      assert.deepEqual(await itemsOf(other, writer), items(n + 1));
      assert.equal((await other.readThread(writer)).nextOrdinal, lastOrdinal + 1n);
    }
    await store.close();
    assert.deepEqual(await itemsOf(await open(), writer), items(5));
  }),

  check('keeps the order of calls that were made without waiting', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => writer.append(item(2 * n), item(2 * n + 1))),
    );
    assert.deepEqual(
      results.map((result) => result.firstOrdinal),
      results.map((_, n) => BigInt(2 * n)),
    );
    assert.deepEqual(await itemsOf(store, writer), items(80));
  }),

  check('keeps threads apart that are appended to at the same time', async ({ store }) => {
    const writers = await Promise.all(Array.from({ length: 8 }, () => createUnmaterialised(store)));
    const rounds = [0, 1, 2].map((round) => writers.map((writer, index) => writer.append(item(`${index} ${round}`))));
    await Promise.all(rounds.flat());
    for (const [index, writer] of writers.entries()) {
      assert.deepEqual(
        await itemsOf(store, writer),
        [0, 1, 2].map((round) => item(`${index} ${round}`)),
      );
    }
  }),

  check('takes a copy of the items: changing the array afterwards changes nothing', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const texts = items(2);
    const call = store.appendItems(writer.batch(texts));
    texts[0] = item('changed');
    texts.push(item('added'));
    await call;
    assert.deepEqual(await itemsOf(store, writer), items(2));
  }),

  checkWith({ leaseDurationMs: 60_000 }, 'renews the lease', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const first = (await store.readThread(writer)).lease;
    const renewed = await until('a later end of the lease', async () => {
      await writer.append(item('more'));
      const { lease } = await store.readThread(writer);
      return lease !== null && first !== null && lease.until > first.until ? lease : undefined;
    });
    assert.deepEqual(renewed.since, first?.since, 'the lease is still the same');
    assert.equal(renewed.holder, first?.holder);
  }),
];

const withMetadata = [
  check('changes no metadata by itself, updatedAt included', async ({ store }) => {
    const writer = await createUnmaterialised(store, { metadata: fullPatch });
    await writer.persist();
    const before = await store.readThread(writer);
    await writer.append('{"type":"event_msg","payload":{"type":"thread_name_updated","thread_name":"other"}}');
    await writer.append('{"type":"session_meta","payload":{"cwd":"/other"}}');
    const { lease, ...after } = await store.readThread(writer);
    assert.notEqual(lease, null);
    assert.deepEqual({ ...after, lease: before.lease }, { ...before, nextOrdinal: 2n, nextSequence: 2n });
  }),

  check('commits metadata together with the items', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: { name: 'kept' } });
    const { name: _, ...metadata } = fullPatch;
    await store.appendItems(writer.batch([item(0)], metadata));
    const thread = await wholeThread(await open(), writer);
    assert.deepEqual(pick(thread, patchedFully), { ...patchedFully, name: 'kept' });
    assert.deepEqual(thread.history?.items, [item(0)]);
  }),

  check('stores neither items nor metadata when it is refused', async ({ store }) => {
    const writer = await createThread(store, { metadata: { title: 'before' } });
    const before = await wholeThread(store, writer);
    const batch = { ...writer.ref, items: [item(0)], metadata: { title: 'after', advanceRecencyAt: inTheFuture } };
    await refused(store.appendItems({ ...batch, sequence: 1n }), 'SEQUENCE_GAP');
    await refusedInput(store.appendItems({ ...batch, sequence: 0n, items: ['{}'] }), 'items[0]');
    for (const [field, metadata] of wrongPatches) {
      const call = store.appendItems({ ...batch, sequence: 0n, metadata: metadata as typeof batch.metadata });
      await refusedInput(call, `metadata.${field}`);
    }
    assert.deepEqual(await wholeThread(store, writer), before);
  }),

  check('does not apply the metadata of a duplicate again', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const batch = writer.batch([item(0)], { title: 'from the batch', gitInfo: { branch: 'one' } });
    await store.appendItems(batch);
    await store.updateThreadMetadata({ ...writer.ref, patch: { title: 'newer', gitInfo: { branch: 'two' } } });
    const before = await store.readThread(writer);
    assert.equal((await store.appendItems(batch)).duplicate, true);
    const other = { ...batch, metadata: { title: 'of another attempt' } };
    assert.equal((await store.appendItems(other)).duplicate, true, 'the items identify a batch');
    const after = await store.readThread(writer);
    assert.deepEqual({ ...after, lease: before.lease }, before);
  }),

  check('refuses a rollout path on a store without files', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const writer = await createThread(store);
    const call = store.appendItems(writer.batch([item(0)], { rolloutPath: '/srv/x.jsonl' }));
    const error = await refused(call, 'UNSUPPORTED_OPERATION');
    assert.match(error.details.operation ?? '', /rollout_path/);
    assert.deepEqual(await itemsOf(store, writer), []);
  }),
];

const writers = [
  check('is refused to an epoch that was never granted', async ({ store }) => {
    const writer = await createThread(store);
    const epoch = writer.epoch + 1n;
    await refused(store.appendItems({ ...writer.ref, epoch, sequence: 0n, items: [item(0)] }), 'EPOCH_NOT_GRANTED', {
      expected: String(epoch),
      actual: String(writer.epoch),
    });
    assert.deepEqual(await itemsOf(store, writer), []);
  }),

  check('is refused to an epoch that was fenced, which learns the current one', async ({ store }) => {
    const old = await createThread(store);
    const current = await steal(store, old);
    await refused(old.append(item(0)), 'FENCED', { expected: String(old.epoch), actual: String(current.epoch) });
    await current.shutdown();
    await refused(old.append(item(0)), 'FENCED', { expected: String(old.epoch), actual: String(current.epoch) });
    assert.deepEqual(await itemsOf(store, old), []);
  }),

  check('is refused to an epoch that was released', async ({ store }) => {
    for (const leave of ['shutdown', 'discard'] as const) {
      const writer = await createThread(store);
      await writer[leave]();
      await refused(writer.append(item(0)), 'WRITER_RELEASED', { actual: String(writer.epoch) });
      assert.deepEqual(await itemsOf(store, writer), []);
    }
    const idle = await createIdleThread(store);
    await store.archiveThread({ threadId: idle.threadId });
    await refused(idle.append(item(1)), 'WRITER_RELEASED', { actual: String(idle.epoch) });
  }),
];

export const appendItemsChapter = chapter('appendItems', ...batches, ...withMetadata, ...writers);
