import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, refused } from '../support/refusals.ts';
import {
  createDeletedThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  newThreadId,
  steal,
  wholeThread,
} from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

export const discardThreadChapter = chapter(
  'discardThread',
  check('releases the lease and keeps what is durable', async ({ store, open }) => {
    const writer = await createThread(store, { metadata: { title: 'kept' } });
    await writer.append(...items(3));
    const before = await wholeThread(store, writer);
    await writer.discard();
    assert.deepEqual(await wholeThread(await open(), writer), { ...before, lease: null });
    await refused(writer.append(item(3)), 'WRITER_RELEASED', { actual: String(writer.epoch) });
  }),

  check('lets the epoch append no more, whatever was under way', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const appends = Array.from({ length: 10 }, (_, n) => writer.append(item(n + 1)));
    const settled = Promise.allSettled(appends);
    await writer.discard();
    const after = await itemsOf(store, writer);
    const outcomes = await settled;
    const stored = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    assert.deepEqual(await itemsOf(store, writer), after, 'nothing is stored after the discard');
    assert.deepEqual(after, items(stored + 1), 'those that resolved are stored, the others are not');
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assertRefusal(outcome.reason, 'WRITER_RELEASED');
    }
    await refused(writer.append(item('late')), 'WRITER_RELEASED');
  }),

  check('leaves no trace of a thread that was never materialised', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: { preview: 'x' } });
    await writer.discard();
    const other = await open();
    await refused(other.readThread(writer), 'THREAD_NOT_FOUND');
    await refused(writer.append(item(0)), 'THREAD_NOT_FOUND');
    assert.deepEqual(await listIds(other), []);
    await createUnmaterialised(other, { threadId: writer.threadId });
  }),

  check('resolves again, and on threads that are not there any more', async ({ store }) => {
    const writer = await createThread(store);
    await writer.discard();
    await writer.discard();
    const shut = await createThread(store);
    await shut.shutdown();
    await shut.discard();
    const gone = await createUnmaterialised(store);
    await gone.discard();
    await gone.discard();
    await (await createDeletedThread(store)).discard();
    await store.discardThread({ threadId: newThreadId(), epoch: 1n });
    assert.deepEqual((await listIds(store)).toSorted(), [writer.threadId, shut.threadId].toSorted());
  }),

  check('is refused to a fenced epoch, and the newer writer is unharmed', async ({ store, open }) => {
    const old = await createThread(store);
    const thief = await steal(await open(), old);
    await refused(old.discard(), 'FENCED', { expected: String(old.epoch), actual: String(thief.epoch) });
    await thief.append(item(0));
    await thief.shutdown();
    await refused(old.discard(), 'FENCED', { expected: String(old.epoch), actual: String(thief.epoch) });
    assert.deepEqual(await itemsOf(store, old), [item(0)]);
  }),

  check('is refused to an epoch that was never granted', async ({ store }) => {
    const writer = await createThread(store);
    await refused(store.discardThread({ ...writer.ref, epoch: writer.epoch + 1n }), 'EPOCH_NOT_GRANTED');
    await writer.append(item(0));
  }),
);
