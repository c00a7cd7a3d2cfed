import assert from 'node:assert/strict';
import { chapter, check, checkWith } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, errorOf, refused, refusedField } from '../support/refusals.ts';
import {
  createArchivedThread,
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  newThreadId,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';

const getting = [
  check('takes a thread that is free at once', async ({ store }) => {
    const { threadId, epoch } = await createIdleThread(store);
    const grant = await store.resumeThread({ threadId, takeover: 'wait', waitMs: 0, holder: 'the next' });
    assert.ok(grant.epoch > epoch);
    assert.equal(grant.lease.holder, 'the next');
  }),

  check('gets the thread when its writer lets go, and not before', async ({ store, open }) => {
    const writer = await createThread(store);
    const other = await open();
    const waiting = other.resumeThread({ threadId: writer.threadId, takeover: 'wait' });
    await writer.append(item(0));
    await writer.append(item(1));
    await writer.shutdown();
    const grant = await withinBound('a grant after the release', waiting);
    assert.ok(grant.epoch > writer.epoch);
    assert.equal(grant.nextOrdinal, 2n);
    await new Writer(other, grant).append(item(2));
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),

  checkWith({ leaseDurationMs: 150 }, 'gets the thread when the lease lapses', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId } = writer;
    const waiting = (await open()).resumeThread({ threadId, takeover: 'wait' });
    const grant = await withinBound('a grant after the lapse', waiting);
    assert.ok(grant.epoch > writer.epoch);
    await refused(writer.append(item(0)), 'FENCED', { actual: String(grant.epoch) });
  }),

  check('of two that wait one gets the thread, and then the other', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId } = writer;
    const waiting = await Promise.all(
      [0, 1].map(async (n) => {
        const client = await open();
        const grant = client.resumeThread({ threadId, takeover: 'wait' });
        return { n, written: grant.then(async (given) => ({ n, writer: new Writer(client, given) })) };
      }),
    );
    await writer.shutdown();
    const first = await withinBound('a first grant', Promise.race(waiting.map(({ written }) => written)));
    assert.equal((await store.readThread({ threadId })).epoch, first.writer.epoch, 'there is one grant');
    await first.writer.append(item(0));
    await first.writer.shutdown();
    const other = waiting.find(({ n }) => n !== first.n);
    assert.ok(other);
    const second = await withinBound('a second grant', other.written);
    assert.ok(second.writer.epoch > first.writer.epoch);
    await second.writer.append(item(1));
    assert.deepEqual(await itemsOf(store, writer), items(2));
  }),
];

const givingUp = [
  check('gives up after waitMs, and has changed nothing', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { holder: 'the holder' });
    await writer.append(item(0));
    const { threadId } = writer;
    const before = await wholeThread(store, writer);
    const other = await open();
    for (const waitMs of [0, 120]) {
      const start = performance.now();
      const waiting = other.resumeThread({ threadId, takeover: 'wait', waitMs });
      const error = await refused(withinBound('the end of the wait', waiting), 'WRITER_LIVE', {
        holder: 'the holder',
        actual: String(writer.epoch),
        leaseUntil: before.lease?.until.toISOString() ?? '',
      });
      assert.ok((error.retryAfterMs ?? 0) > 0, 'says when to ask again');
      assert.ok(performance.now() - start >= waitMs - 1, `waits for ${waitMs} ms`);
    }
    assert.deepEqual(await wholeThread(store, writer), before);
    await writer.append(item(1));
  }),

  check('ends with its signal', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId } = writer;
    const controller = new AbortController();
    const params = { threadId, takeover: 'wait', waitMs: 2_000 } as const;
    const waiting = errorOf((await open()).resumeThread(params, { signal: controller.signal }));
    await writer.append(item(0));
    controller.abort();
    const { code } = await waiting;
    assert.equal(code, 'cancelled');
    await writer.append(item(1));
  }),

  check('ends when its store object is closed', async ({ store, open }) => {
    const writer = await createThread(store);
    const other = await open();
    const waiting = errorOf(other.resumeThread({ threadId: writer.threadId, takeover: 'wait', waitMs: 60_000 }));
    await writer.append(item(0));
    await withinBound('close beside a resume that waits', other.close());
    assertRefusal(await withinBound('the end of the wait', waiting), 'STORE_CLOSED');
    await writer.append(item(1));
  }),

  check('does not wait for what no wait brings', async ({ store }) => {
    const wait = (params: { threadId: string; includeArchived?: boolean }): Promise<unknown> =>
      withinBound('a refusal', store.resumeThread({ ...params, takeover: 'wait', waitMs: 60_000 }));
    await refused(wait({ threadId: newThreadId() }), 'THREAD_NOT_FOUND');
    await refused(wait(await createUnmaterialised(store)), 'THREAD_NOT_FOUND');
    await refused(wait(await createDeletedThread(store)), 'THREAD_DELETED');
    const { threadId } = await createArchivedThread(store);
    await refused(wait({ threadId }), 'THREAD_ARCHIVED');
    await wait({ threadId, includeArchived: true });
  }),

  check('learns that the thread was deleted meanwhile', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId } = writer;
    const waiting = errorOf((await open()).resumeThread({ threadId, takeover: 'wait', waitMs: 60_000 }));
    await writer.append(item(0));
    await store.deleteThread({ threadId });
    assertRefusal(await withinBound('the end of the wait', waiting), 'THREAD_DELETED');
  }),

  check('refuses a time that makes no sense, or without a wait', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const resume = (params: object): Promise<unknown> => store.resumeThread({ threadId, ...params });
    for (const takeover of ['fail', 'steal', undefined]) {
      await refusedField(resume({ waitMs: 10, ...(takeover && { takeover }) }), 'waitMs');
    }
    for (const waitMs of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001, '10', 10n]) {
      await refusedField(resume({ takeover: 'wait', waitMs }), 'waitMs');
    }
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
];

export const resumeWaitChapter = chapter('waiting for a lease', ...getting, ...givingUp);
