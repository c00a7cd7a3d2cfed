import assert from 'node:assert/strict';
import { defaultLimits, type LiveThread, type StoredThread, type ThreadStore } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { refused, refusedInput } from '../support/refusals.ts';
import { steal } from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { remark, tokens, turnContext, usage } from './live-items.ts';
import { allElse, createLive, failure, fatedAppends, Gate, Told } from './live-support.ts';

const long = 'x'.repeat(300);
const smallItems = { limits: { itemBytesMax: 250 } };
const smallValues = { limits: { metadataValueBytesMax: 100 } };

/** The thread's fields that a message can set. */
function saidIn({ title, preview, firstUserMessage }: StoredThread): unknown[] {
  return [title, preview, firstUserMessage];
}

async function lost(store: ThreadStore, told: Told): Promise<LiveThread> {
  const live = await createLive(store, told.settings);
  await live.append([remark()]);
  await steal(store, live);
  return live;
}

export const liveAppendFailuresChapter = chapter(
  'LiveThread: appends that fail',

  checkWith(smallItems, 'a batch that is refused amid others: they are stored, in order', async ({ store }) => {
    const live = await createLive(store);
    const [before, wrong, ...after] = [[remark(1)], [userSays(long)], [remark(2)], [userSays('short'), usage(3)]].map(
      (items) => live.append(items),
    );
    await refusedInput(wrong as Promise<unknown>, 'items[0]');
    assert.equal((await before)?.firstOrdinal, 0n);
    await Promise.all(after);
    assert.deepEqual((await live.loadHistory()).items, [remark(1), remark(2), userSays('short'), usage(3)]);
    const thread = await live.readThread();
    assert.deepEqual(saidIn(thread), ['short', 'short', 'short'], 'as if it had never been');
    assert.deepEqual(thread.tokenUsage, tokens(3));
  }),

  check('a failed append leaves metadata as it was, for the next ones too', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'fails', 'done');
    const live = await createLive(fated.store);
    await live.append([remark(1)]);
    await refused(live.append([userSays('never'), turnContext({ cwd: '/never' }), usage(9)]), 'OVERLOADED');
    await live.flush();
    assert.deepEqual(pick(await live.readThread(), { title: 1, cwd: 1, tokenUsage: 1 } as never), {
      title: null,
      cwd: '',
      tokenUsage: null,
    });
    await live.append([userSays('said')]);
    assert.deepEqual(saidIn(await live.readThread()), ['said', 'said', 'said']);
    assert.deepEqual((await live.loadHistory()).items, [remark(1), userSays('said')]);
  }),

  check('a failed first append materialises nothing, and persist pushes nothing of it', async ({ store }) => {
    const fated = fatedAppends(store, 'fails');
    const live = await createLive(fated.store);
    await refused(live.append([userSays('never')]), 'OVERLOADED');
    await refused(live.readThread(), 'THREAD_NOT_FOUND');
    await live.persist();
    assert.deepEqual(saidIn(await live.readThread()), [null, '', null]);
  }),

  check('what was applied before a failure is not sent again', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'fails');
    const recorded = recordedStore(fated.store);
    const live = await createLive(recorded.store);
    const appends = [live.append([userSays('said')]), refused(live.append([usage(2)]), 'OVERLOADED')];
    await Promise.all<unknown>(appends);
    await store.updateThreadMetadata({ threadId: live.threadId, patch: { title: 'by hand' } });
    await live.append([usage(3)]);
    await live.flush();
    const thread = await live.readThread();
    assert.equal(thread.title, 'by hand');
    assert.deepEqual(thread.tokenUsage, tokens(3));
  }),

  check('a store that never finds the place of a batch ends it', async ({ store }) => {
    const gap = (): ReturnType<typeof failure> => failure('SEQUENCE_GAP');
    const live = await createLive(
      interceptedStore(store, {
        appendItems: () => Promise.reject(gap()),
      }),
    );
    await refused(withinBound('the append', live.append([remark()])), 'SEQUENCE_GAP');
    assert.equal(live.state, 'live');
  }),

  check('a later writer: the state is lost, onLost is told once, later calls get the same error', async ({ store }) => {
    const told = new Told();
    const live = await lost(store, told);
    const appends = [1, 2, 3].map((n) => live.append([userSays(`late ${n}`)]));
    const errors = await Promise.all(appends.map((append) => refused(append, 'FENCED')));
    assert.equal(live.state, 'lost');
    assert.equal(told.losses.length, 1);
    assert.equal(live.loss, told.losses[0]);
    assert.ok(errors.some((error) => error === live.loss));
    for (const call of [() => live.append([remark()]), () => live.persist(), () => live.flush()]) {
      await assert.rejects(call(), (error) => error === live.loss);
    }
    await assert.rejects(live.shutdown(), (error) => error === live.loss);
    await live.discard();
    assert.equal(told.losses.length, 1);
    assert.deepEqual((await store.loadHistory(live)).items, [remark()]);
    assert.equal((await store.readThread(live)).title, null);
  }),

  check('a lost writer is told by a barrier, too', async ({ store }) => {
    for (const call of [
      (live: LiveThread) => live.flush(),
      (live: LiveThread) => live.shutdown(),
      (live: LiveThread) => live.append([remark()]),
    ]) {
      const told = new Told();
      const live = await lost(store, told);
      const error = await refused(call(live), 'FENCED');
      assert.equal(live.state, 'lost');
      assert.deepEqual(told.losses, [error]);
    }
  }),

  check('a deleted thread: its handle is lost', async ({ store }) => {
    const live = await createLive(store);
    await live.append([remark()]);
    await store.deleteThread({ threadId: live.threadId });
    await refused(live.append([remark()]), 'THREAD_DELETED');
    assert.equal(live.state, 'lost');
  }),

  checkWith(smallValues, 'metadata that the store refuses: items are stored without it', async ({ store }) => {
    const told = new Told();
    const live = await createLive(store, { ...told.settings, limits: defaultLimits });
    await live.append([userSays(long)]);
    assert.equal(told.warnings.length, 1);
    assert.match(told.warnings[0] ?? '', new RegExp(live.threadId));
    assert.deepEqual(saidIn(await live.readThread()), [null, '', null]);
    await live.append([usage(5)]);
    await live.flush();
    assert.deepEqual((await live.readThread()).tokenUsage, tokens(5));
    assert.deepEqual((await live.loadHistory()).items, [userSays(long), usage(5)]);
    assert.equal(live.state, 'live');
    assert.equal(told.warnings.length, 1);
  }),

  checkWith(smallValues, 'metadata that is refused amid others: theirs is stored', async ({ store }) => {
    const told = new Told();
    const live = await createLive(store, { ...told.settings, limits: defaultLimits });
    const batches = [[remark(1)], [userSays(long)], [usage(5)], [turnContext({ cwd: '/w', model: 'm' })], [remark(2)]];
    await Promise.all(batches.map((items) => live.append(items)));
    assert.deepEqual((await live.loadHistory()).items, batches.flat());
    const expected = { title: null, tokenUsage: tokens(5), cwd: '/w', model: 'm' };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
    assert.equal(told.warnings.length, 1);
  }),

  checkWith(
    smallValues,
    'metadata that a barrier pushes and the store refuses is told, and given up',
    async ({ store }) => {
      const told = new Told();
      const gitInfo = (): Promise<{ branch: string }> => Promise.resolve({ branch: long });
      const live = await createLive(store, { ...told.settings, gitInfo }, { metadata: { cwd: '/w' } });
      await live.persist();
      assert.equal(told.warnings.length, 1);
      assert.equal((await live.updateMetadata({ name: 'by hand' })).name, 'by hand');
      await live.shutdown();
      assert.equal(told.warnings.length, 1);
    },
  ),

  check('a signal that fires while an append waits behind one that failed ends its wait', async ({ store }) => {
    const gate = new Gate();
    const fated = fatedAppends(store, 'fails');
    const held = interceptedStore(fated.store, {
      appendItems: async (next, ...args) => {
        if (args[0].items[0] !== remark(2)) return next(...args);
        await gate.pass();
        return next(...args);
      },
    });
    const live = await createLive(held);
    const [first, second] = [live.append([remark(1)]), live.append([remark(2)])];
    await refused(first, 'OVERLOADED');
    const abort = new AbortController();
    const third = live.append([userSays('never')], { signal: abort.signal });
    abort.abort();
    await refused(withinBound('the append', third), 'CANCELLED');
    gate.open();
    await second;
    assert.deepEqual((await live.loadHistory()).items, [remark(2)]);
    assert.equal((await live.readThread()).title, null);
  }),

  check('one whose wait was ended is not sent by a barrier, either', async ({ store }) => {
    const gate = new Gate();
    const gapped = new Gate();
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          const [item] = args[0].items;
          if (item === remark(1)) throw failure();
          if (item !== remark(3)) return next(...args).finally(() => void gapped.pass());
          await gate.pass();
          throw failure();
        },
      }),
    );
    await live.persist();
    const abort = new AbortController();
    const first = live.append([remark(1)]);
    const second = live.append([remark(2)], { signal: abort.signal });
    const third = live.append([remark(3)]);
    await refused(first, 'OVERLOADED');
    await gapped.reached;
    await allElse();
    abort.abort();
    await refused(withinBound('the append', second), 'CANCELLED');
    gate.open();
    await refused(third, 'OVERLOADED');
    await live.flush();
    await live.append([remark(4)]);
    assert.deepEqual((await live.loadHistory()).items, [remark(4)]);
  }),
);
