import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refused, refusedField, unless } from '../support/refusals.ts';
import {
  createArchivedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  steal,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { until } from '../support/waiting.ts';
import { listIds } from '../support/walk.ts';

export const archiveThreadChapter = chapter(
  'archiveThread',
  check('moves an idle thread to the archive and changes nothing else', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store, { metadata: { updatedAt: new Date(0) } });
    const before = await wholeThread(store, { threadId });
    await store.archiveThread({ threadId });
    const other = await open();
    const { archivedAt, ...after } = await wholeThread(other, { threadId });
    assert.ok(archivedAt instanceof Date && Math.abs(archivedAt.getTime() - Date.now()) < 60_000);
    assert.deepEqual({ ...after, archivedAt: null }, before);
    assert.deepEqual(await listIds(other), []);
    assert.deepEqual(await listIds(other, { archived: true }), [threadId]);
    await refused(other.readThread({ threadId }), 'THREAD_ARCHIVED');
  }),

  check('keeps archivedAt when it is repeated', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const before = await wholeThread(store, { threadId });
    await until('the clock moves on', async () =>
      Date.now() > (before.archivedAt?.getTime() ?? 0) + 2 ? true : undefined,
    );
    await store.archiveThread({ threadId });
    assert.deepEqual(await wholeThread(store, { threadId }), before);
  }),

  check('respects a running lease', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { holder: 'the holder' });
    await writer.append(item(0));
    const { threadId } = writer;
    const before = await wholeThread(store, { threadId });
    const error = await refused((await open()).archiveThread({ threadId }), 'WRITER_LIVE', {
      holder: 'the holder',
      actual: String(writer.epoch),
      leaseUntil: before.lease?.until.toISOString() ?? '',
    });
    assert.ok((error.retryAfterMs ?? 0) > 0);
    assert.deepEqual(await wholeThread(store, { threadId }), before);
  }),

  check('lets the thread’s own writer archive it and go on', async ({ store, open }) => {
    const writer = await createThread(store);
    await store.archiveThread(writer.ref);
    assert.deepEqual(await writer.append(item(0)), { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false });
    await writer.persist();
    await writer.flush();
    const thread = await wholeThread(await open(), writer);
    assert.notEqual(thread.archivedAt, null);
    assert.equal(thread.epoch, writer.epoch);
    assert.notEqual(thread.lease, null);
    assert.deepEqual(thread.history?.items, [item(0)]);
    await writer.shutdown();
    assert.notEqual((await wholeThread(store, writer)).archivedAt, null);
  }),

  checkWith(
    { leaseDurationMs: 150 },
    'ends the right to write of a writer whose lease has lapsed',
    async ({ store, open }) => {
      const writer = await createThread(store);
      const { threadId } = writer;
      const other = await open();
      await until('the lease lapses', () =>
        unless(
          'WRITER_LIVE',
          other.archiveThread({ threadId }).then(() => true),
        ),
      );
      await refused(writer.append(item(0)), 'WRITER_RELEASED', { actual: String(writer.epoch) });
      await refused(writer.persist(), 'WRITER_RELEASED');
      assert.equal((await wholeThread(store, writer)).lease, null);
      assert.deepEqual(await itemsOf(store, writer), []);
    },
  ),

  check('is refused to an epoch that is not the current one', async ({ store }) => {
    const old = await createThread(store);
    const thief = await steal(store, old);
    const { threadId } = old;
    await refused(store.archiveThread(old.ref), 'FENCED', { expected: String(old.epoch), actual: String(thief.epoch) });
    await refused(store.archiveThread({ threadId, epoch: thief.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    await thief.shutdown();
    await refused(store.archiveThread(thief.ref), 'WRITER_RELEASED', { actual: String(thief.epoch) });
    await refusedField(store.archiveThread({ threadId, epoch: -1n }), 'epoch');
    assert.equal((await store.readThread({ threadId })).archivedAt, null);
    await store.archiveThread({ threadId });
  }),

  check('does not show an unmaterialised thread to anybody, its writer included', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await refused((await open()).archiveThread({ threadId: writer.threadId }), 'THREAD_NOT_FOUND');
    await refused(store.archiveThread(writer.ref), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
    assert.equal((await store.readThread(writer)).archivedAt, null);
  }),

  check('leaves metadata open to patches and the thread to a writer who asks for archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await store.updateThreadMetadata({ threadId, patch: { name: 'in the archive' }, includeArchived: true });
    const writer = new Writer(store, await store.resumeThread({ threadId, includeArchived: true }));
    await writer.append(item('in the archive'));
    const thread = await wholeThread(store, { threadId });
    assert.deepEqual([thread.name, thread.nextOrdinal], ['in the archive', 2n]);
  }),
);
