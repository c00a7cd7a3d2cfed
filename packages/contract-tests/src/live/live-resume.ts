import assert from 'node:assert/strict';
import { LiveThread, type ItemBatch, type ThreadMetadataPatch, type WriterAppendParams } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { refused } from '../support/refusals.ts';
import { createArchivedThread, createThread, createUnmaterialised, wholeThread } from '../support/threads.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { metaOf, remark, tokens, turnContext, usage } from './live-items.ts';
import { createLive, failure, resumeLive } from './live-support.ts';

type Store = Parameters<typeof createThread>[0];

/** A thread whose items nobody has made metadata from, without a writer. */
async function bareThread(store: Store, items: readonly string[]): Promise<{ readonly threadId: string }> {
  const writer = await createUnmaterialised(store);
  await writer.append(...items);
  await writer.shutdown();
  return { threadId: writer.threadId };
}

const session = [userSays('count the lanterns'), turnContext({ model: 'm', cwd: '/w' }), usage(7), remark()];
const derived: ThreadMetadataPatch = {
  title: 'count the lanterns',
  preview: 'count the lanterns',
  firstUserMessage: 'count the lanterns',
  model: 'm',
  cwd: '/w',
};

export const liveResumeChapter = chapter(
  'LiveThread: resume',

  check('takes the lease, then reads the metadata, then the history', async ({ store }) => {
    const thread = await bareThread(store, session);
    const recorded = recordedStore(store);
    await resumeLive(recorded.store, thread);
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['resumeThread', 'readThread', 'streamHistory'],
    );
  }),

  check('history null is read; history that is given is not, and neither is an empty one', async ({ store }) => {
    const thread = await bareThread(store, session);
    for (const [history, reads, expected] of [
      [null, true, session],
      [session, false, session],
      [[], false, []],
    ] as const) {
      const recorded = recordedStore(store);
      const told: ItemBatch[] = [];
      const onHistory = (batch: ItemBatch): void => void told.push(batch);
      const params = { threadId: thread.threadId, history, onHistory };
      const live = await LiveThread.resume(recorded.store, params, { gitInfo: null });
      const isRead = recorded.calls.some(({ operation }) => operation === 'streamHistory');
      assert.equal(isRead, reads);
      assert.deepEqual(
        told.flatMap(({ items }) => items),
        expected,
      );
      assert.ok(
        told.every(({ items }) => items.length > 0),
        'no batch is empty',
      );
      assert.equal(told[0]?.firstOrdinal ?? 0n, 0n);
      await live.shutdown();
    }
    assert.deepEqual((await store.loadHistory(thread)).items, session, 'and is not stored again');
  }),

  check('an error of resumeThread is passed through, and nothing is read', async ({ store }) => {
    const writer = await createThread(store);
    const recorded = recordedStore(store);
    await refused(resumeLive(recorded.store, writer), 'WRITER_LIVE');
    assert.equal(recorded.calls.length, 1);
    await writer.append(remark());
  }),

  ...(['readThread', 'streamHistory'] as const).map((operation) =>
    check(`when ${operation} fails, the lease is given back and its error is thrown`, async ({ store }) => {
      const thread = await bareThread(store, session);
      const error = failure('BACKEND_UNAVAILABLE');
      const failing = interceptedStore(store, {
        [operation]: () => {
          throw error;
        },
      });
      await assert.rejects(resumeLive(failing, thread), (thrown) => thrown === error);
      assert.equal((await store.readThread(thread)).lease, null);
    }),
  ),

  check('a lease that cannot be given back does not hide the error of the reading', async ({ store }) => {
    const thread = await bareThread(store, session);
    const error = failure('BACKEND_UNAVAILABLE');
    const failing = interceptedStore(store, {
      readThread: () => Promise.reject(error),
      discardThread: () => Promise.reject(failure('INTERNAL')),
    });
    await assert.rejects(resumeLive(failing, thread), (thrown) => thrown === error);
  }),

  check('what onHistory throws gives the lease back, too', async ({ store }) => {
    const thread = await bareThread(store, session);
    const onHistory = (): never => {
      throw new TypeError('not today');
    };
    await assert.rejects(LiveThread.resume(store, { ...thread, onHistory }), TypeError);
    assert.equal((await store.readThread(thread)).lease, null);
  }),

  check('opened and closed, a thread is as it was, updatedAt included', async ({ store }) => {
    const thread = await bareThread(store, session);
    const { epoch, nextSequence: _batches, ...before } = await wholeThread(store, thread);
    const recorded = recordedStore(store);
    const live = await resumeLive(recorded.store, thread);
    await live.flush();
    await live.shutdown();
    const { epoch: after, nextSequence: _none, ...now } = await wholeThread(store, thread);
    assert.deepEqual(now, before);
    assert.ok(after > epoch);
    assert.ok(recorded.calls.every(({ operation }) => operation !== 'updateThreadMetadata'));
  }),

  check('what the history says and the metadata lacks goes with the first append', async ({ store }) => {
    const thread = await bareThread(store, session);
    const recorded = recordedStore(store);
    const live = await resumeLive(recorded.store, thread);
    await live.append([remark(1)]);
    const expected = { ...derived, tokenUsage: tokens(7) };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
    const sent = recorded.calls.find(({ operation }) => operation === 'appendItems');
    assert.deepEqual((sent?.params as WriterAppendParams | undefined)?.metadata?.title, 'count the lanterns');
    assert.ok(recorded.calls.every(({ operation }) => operation !== 'updateThreadMetadata'));
  }),

  check('persist and updateMetadata store it without an append', async ({ store }) => {
    for (const write of [
      (live: LiveThread) => live.persist(),
      (live: LiveThread) => live.updateMetadata({ name: 'by hand' }),
    ]) {
      const thread = await bareThread(store, session);
      const { updatedAt } = await store.readThread(thread);
      const live = await resumeLive(store, thread);
      await write(live);
      const now = await live.readThread();
      assert.deepEqual(pick(now, derived as never), derived);
      assert.deepEqual(now.updatedAt, updatedAt, 'but says nothing of a change');
    }
  }),

  check('what somebody has set since stands', async ({ store }) => {
    const thread = await bareThread(store, session);
    const patch = { title: 'by hand', preview: 'by hand', cwd: '/by/hand', model: 'by hand', approvalMode: 'never' };
    await store.updateThreadMetadata({ ...thread, patch });
    const live = await resumeLive(store, thread);
    await live.append([remark(1)]);
    const expected = { ...patch, firstUserMessage: 'count the lanterns', tokenUsage: tokens(7) };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('a token count that is not that of the history is put right', async ({ store }) => {
    const thread = await bareThread(store, session);
    await store.updateThreadMetadata({ ...thread, patch: { tokenUsage: tokens(3) } });
    const live = await resumeLive(store, thread);
    await live.persist();
    assert.deepEqual((await live.readThread()).tokenUsage, tokens(7));
  }),

  check('git info, memory mode and createdAt are left as they are: no item tells who set them', async ({ store }) => {
    const writer = await createUnmaterialised(store, { metadata: { gitInfo: { branch: 'by hand' } } });
    const fields = { git: { branch: 'other', commit_hash: 'abc' }, memory_mode: 'disabled', model_provider: 'p' };
    await writer.append(metaOf(writer.threadId, fields));
    await writer.shutdown();
    const before = await store.readThread(writer);
    const live = await resumeLive(store, writer);
    await live.append([remark()]);
    const { gitInfo, createdAt } = before;
    const expected = { gitInfo, createdAt, memoryMode: 'enabled', modelProvider: 'p' } as const;
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('the history counts as said: a later message is not the first', async ({ store }) => {
    const thread = await bareThread(store, session);
    const live = await resumeLive(store, thread);
    await live.append([userSays('light one of them'), turnContext({ cwd: '/other', model: 'newer' })]);
    const expected = { ...derived, model: 'newer' };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
  }),

  check('goes on at the end of what is there', async ({ store }) => {
    const first = await createLive(store);
    await first.append([remark(1), remark(2)]);
    await first.shutdown();
    const live = await resumeLive(store, first);
    assert.equal((await live.append([remark(3)]))?.firstOrdinal, 2n);
    assert.deepEqual((await live.loadHistory()).items, [remark(1), remark(2), remark(3)]);
  }),

  check('an archived thread is resumed with includeArchived, and its metadata is kept in step', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(LiveThread.resume(store, { threadId }), 'THREAD_ARCHIVED');
    const live = await LiveThread.resume(store, { threadId, includeArchived: true });
    await live.append([userSays('still here')]);
    assert.equal((await live.readThread({ includeArchived: true })).title, 'still here');
    await live.persist();
    await live.flush();
    await live.shutdown();
  }),

  check('adopt goes on with a grant, reads the metadata and changes nothing', async ({ store }) => {
    const thread = await bareThread(store, session);
    await store.updateThreadMetadata({ ...thread, patch: { title: 'by hand' } });
    const before = await wholeThread(store, thread);
    const grant = await store.resumeThread({ ...thread, takeover: 'steal' });
    const recorded = recordedStore(store);
    const live = await LiveThread.adopt(recorded.store, { ...grant, nextSequence: 0n });
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['readThread'],
    );
    await live.flush();
    assert.deepEqual((await wholeThread(store, thread)).updatedAt, before.updatedAt);
    await live.append([userSays('more')]);
    assert.equal((await live.readThread()).title, 'by hand');
  }),
);
