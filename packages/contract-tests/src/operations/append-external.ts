import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { fullPatch, inTheFuture, patchedFully, pick } from '../support/metadata.ts';
import { refused, unless } from '../support/refusals.ts';
import {
  createArchivedThread,
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  external,
  itemsOf,
  newThreadId,
  steal,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { until } from '../support/waiting.ts';

const place = [
  check('needs no lease: on a thread that is held, released, or held by a later writer', async ({ store, open }) => {
    const other = await open();
    const writer = await createThread(store);
    await other.appendItems(external(writer, 'held', [item(0)]));
    await writer.shutdown();
    await other.appendItems(external(writer, 'released', [item(1), item(2)]));
    const thief = await steal(other, writer);
    await store.appendItems(external(writer, 'stolen', [item(3)]));
    assert.deepEqual(await thief.append(item(4)), { firstOrdinal: 4n, lastOrdinal: 4n, duplicate: false });
    assert.deepEqual(await itemsOf(store, writer), items(5));
  }),

  checkWith({ leaseDurationMs: 150 }, 'leaves a lapsed lease to its writer', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const before = await store.readThread(writer);
    // A thread made later gets its lease later: once that one has lapsed, the first has too.
    const later = await createThread(store);
    const other = await open();
    await until('a later lease lapses', () => unless('WRITER_LIVE', other.resumeThread({ threadId: later.threadId })));
    await other.appendItems(external(writer, 'x', [item(1)]));
    assert.deepEqual(await store.readThread(writer), { ...before, nextOrdinal: 2n });
    assert.equal((await writer.append(item(2))).firstOrdinal, 2n);
  }),

  check('puts the items after what is there, between the batches of the writer', async ({ store, open }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const first = await other.appendItems(external(writer, 'x', items(2, 1)));
    assert.deepEqual(first, { firstOrdinal: 1n, lastOrdinal: 2n, duplicate: false });
    assert.deepEqual(await writer.append(item(3)), { firstOrdinal: 3n, lastOrdinal: 3n, duplicate: false });
    const second = await other.appendItems(external({ threadId: writer.threadId.toUpperCase() }, 'y', [item(4)]));
    assert.deepEqual(second, { firstOrdinal: 4n, lastOrdinal: 4n, duplicate: false });
    assert.deepEqual(await writer.append(item(5)), { firstOrdinal: 5n, lastOrdinal: 5n, duplicate: false });
    assert.deepEqual(await itemsOf(other, writer), items(6));
    await writer.shutdown();
    assert.equal((await other.resumeThread({ threadId: writer.threadId })).nextOrdinal, 6n);
  }),

  check('touches neither epoch, sequence, lease nor metadata', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: fullPatch });
    await writer.persist();
    const before = await store.readThread(writer);
    await (await open()).appendItems(external(writer, 'x', [item(0)]));
    assert.deepEqual(await store.readThread(writer), { ...before, nextOrdinal: 1n });
    assert.deepEqual(await writer.append(item(1)), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
  }),

  check('is no batch of the writer, whose own are still known', async ({ store }) => {
    const writer = await createThread(store);
    await store.appendItems(external(writer, 'before the first', [item(0)]));
    const batches = [writer.batch([item(1)]), writer.batch([item(3)])] as const;
    await store.appendItems(batches[0]);
    await store.appendItems(external(writer, 'between', [item(2)]));
    await store.appendItems(batches[1]);
    await store.appendItems(external(writer, 'after', [item(4)]));
    const assertKnown = async (): Promise<void> => {
      for (const [batch, ordinal] of [
        [batches[0], 1n],
        [batches[1], 3n],
      ] as const) {
        const known = { firstOrdinal: ordinal, lastOrdinal: ordinal, duplicate: true };
        assert.deepEqual(await store.appendItems(batch), known);
      }
      await refused(store.appendItems({ ...batches[0], items: items(2, 1) }), 'SEQUENCE_REUSED');
      await refused(store.appendItems({ ...batches[0], items: [item(2)] }), 'SEQUENCE_REUSED');
    };
    await assertKnown();
    const thief = await steal(store, writer);
    await store.appendItems(external(writer, 'after a takeover', [item(5)]));
    await assertKnown();
    await thief.append(item(6));
    assert.deepEqual(await itemsOf(store, writer), items(7));
  }),

  check('does not materialise: a thread that only its creator knows is not found', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    for (const client of [store, await open()]) {
      await refused(client.appendItems(external(writer, 'x', [item(0)])), 'THREAD_NOT_FOUND');
    }
    await refused(store.readThread(writer), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
    assert.deepEqual(await store.appendItems(external(writer, 'x', [item(1)])), {
      firstOrdinal: 1n,
      lastOrdinal: 1n,
      duplicate: false,
    });
  }),

  check('is refused on threads that are unknown or deleted', async ({ store }) => {
    const unknown = { threadId: newThreadId() };
    await refused(store.appendItems(external(unknown, 'x', [item(0)])), 'THREAD_NOT_FOUND');
    await refused(store.appendItems(external(await createDeletedThread(store), 'x', [item(0)])), 'THREAD_DELETED');
    const { threadId } = await createIdleThread(store);
    await store.appendItems(external({ threadId }, 'x', [item(1)]));
    await store.deleteThread({ threadId });
    await refused(store.appendItems(external({ threadId }, 'x', [item(1)])), 'THREAD_DELETED');
  }),

  check('is refused on an archived thread, which only its writer goes on writing to', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const before = await wholeThread(store, { threadId });
    const note = external({ threadId }, 'x', [item(1)], { name: 'x' });
    await refused(store.appendItems(note), 'THREAD_ARCHIVED');
    const writer = new Writer(store, await store.resumeThread({ threadId, includeArchived: true }));
    await refused(store.appendItems(note), 'THREAD_ARCHIVED');
    await writer.shutdown();
    assert.deepEqual(await wholeThread(store, { threadId }), { ...before, epoch: writer.epoch, nextSequence: 0n });
    await store.unarchiveThread({ threadId });
    assert.equal((await store.appendItems(note)).duplicate, false);
  }),
];

const metadata = [
  check('commits metadata together with the items', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store, { metadata: { name: 'kept' } });
    const { name: _, ...patch } = fullPatch;
    await store.appendItems(external({ threadId }, 'x', [item(1)], patch));
    const thread = await wholeThread(await open(), { threadId });
    assert.deepEqual(pick(thread, patchedFully), { ...patchedFully, name: 'kept' });
    assert.deepEqual(thread.history?.items, [item('first'), item(1)]);
  }),

  check('stores neither items nor metadata when it is refused or a duplicate', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    await store.appendItems(external({ threadId }, 'x', [item(1)]));
    const before = await wholeThread(store, { threadId });
    const patch = { title: 'after', advanceRecencyAt: inTheFuture };
    const send = (operationId: string, text: string, given: object = patch): Promise<unknown> =>
      store.appendItems(external({ threadId }, operationId, [text], given));
    await send('x', item(1));
    await refused(send('x', item(2)), 'OPERATION_REUSED');
    await refused(send('y', '{"type":1}'), 'INVALID_FIELD', { field: 'items[0]' });
    await refused(send('y', item(2), { colour: 'red' }), 'INVALID_FIELD', { field: 'metadata.colour' });
    assert.deepEqual(await wholeThread(store, { threadId }), before);
  }),
];

export const appendExternalChapter = chapter('appendItems: external', ...place, ...metadata);
