import assert from 'node:assert/strict';
import { LiveThread, ThreadManager, type LoadedThread, type ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { message, response, started, userSays, wholeTurn } from '../support/events.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createArchivedThread, createUnmaterialised, itemsOf, newThreadId } from '../support/threads.ts';
import { interceptedStore } from './intercepted-store.ts';

const asked = (text: string): readonly string[] => [message('user', text), userSays(text)];
const history = [
  started('a'),
  ...asked('first'),
  ...wholeTurn('b', 'no answer').slice(2),
  started('c'),
  ...asked('second'),
  response('function_call', { name: 'shell', arguments: '{}', call_id: 'open' }),
];

/** A store that has no fork of its own. */
function withoutForks(store: ThreadStore): ThreadStore {
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'capabilities') return { ...target.capabilities, forkThread: false };
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function source(store: ThreadStore): Promise<LoadedThread> {
  const thread = await new ThreadManager({ store }).start({ metadata: { cwd: '/w', source: 'cli' } });
  await thread.live.append(history);
  await thread.live.updateMetadata({ name: 'the source' });
  return thread;
}

const ways = [
  { way: 'inside the store', over: (store: ThreadStore): ThreadStore => store },
  { way: 'by reading and appending', over: withoutForks },
];

export const managerForkChapter = chapter(
  'ThreadManager: forks and reviews',

  ...ways.flatMap(({ way, over }) => [
    check(`a fork ${way} has the items of its source, and goes its own way`, async ({ store }) => {
      const { threadId: sourceThreadId, live } = await source(store);
      const manager = new ThreadManager({ store: over(store) });
      const fork = await manager.fork({ sourceThreadId });
      assert.match(fork.threadId, /^[0-9a-f-]{14}7/);
      assert.equal(manager.get(fork.threadId), fork);
      await fork.live.append([item('fork')]);
      await live.append([item('source')]);
      assert.deepEqual(await itemsOf(store, fork), [...history, item('fork')]);
      assert.deepEqual(await itemsOf(store, { threadId: sourceThreadId }), [...history, item('source')]);
      const thread = await store.readThread({ threadId: fork.threadId });
      assert.equal(thread.forkedFromId, sourceThreadId);
      assert.equal(thread.name, null);
      assert.equal(thread.title, 'first', 'what is settled stays settled');
      const { threads } = await store.listThreads({ relation: { forksOf: sourceThreadId } });
      assert.deepEqual(
        threads.map(({ threadId }) => threadId),
        [fork.threadId],
      );
    }),

    check(`a fork ${way} ends before a message of the user, or at a turn`, async ({ store }) => {
      const { threadId: sourceThreadId } = await source(store);
      const manager = new ThreadManager({ store: over(store) });
      const ends = [
        { at: { beforeUserMessage: 1 }, count: 5 },
        { at: { beforeUserMessage: 0 }, count: 1 },
        { at: { beforeTurn: 'c' }, count: 4 },
        { at: { beforeOrdinal: 2n }, count: 2 },
      ];
      for (const { at, count } of ends) {
        const fork = await manager.fork({ sourceThreadId, at });
        assert.deepEqual(await itemsOf(store, fork), history.slice(0, count), JSON.stringify(at, String));
      }
    }),

    check(`a fork ${way}, as if interrupted, closes what is open at its end and not its source`, async ({ store }) => {
      const { threadId: sourceThreadId } = await source(store);
      const manager = new ThreadManager({ store: over(store) });
      const fork = await manager.fork({ sourceThreadId, snapshot: 'interrupted' });
      assert.equal((await itemsOf(store, fork)).length, history.length + 3);
      const state = await fork.checkUp();
      assert.equal(state.interruptedTurn, null);
      assert.deepEqual(state.openToolCalls, []);
      assert.deepEqual(await itemsOf(store, { threadId: sourceThreadId }), history);
    }),
  ]),

  check(
    'a source that is loaded here is forked with all that it was given, also before anybody saw it',
    async ({ store }) => {
      const manager = new ThreadManager({ store });
      const thread = await manager.start();
      const appended = thread.live.append([item(1)]);
      const fork = await manager.fork({ sourceThreadId: thread.threadId });
      await appended;
      assert.deepEqual(await itemsOf(store, fork), [item(1)]);
      const unused = await manager.start();
      assert.deepEqual(await itemsOf(store, await manager.fork({ sourceThreadId: unused.threadId })), []);
    },
  ),

  check('derivation goes on in a fork where it was in its source', async ({ store }) => {
    const { threadId: sourceThreadId } = await source(store);
    const fork = await new ThreadManager({ store }).fork({ sourceThreadId, at: { beforeUserMessage: 0 } });
    assert.equal((await fork.live.readThread()).title, null);
    await fork.live.append(asked('another beginning'));
    assert.equal((await fork.live.readThread()).title, 'another beginning');
    const whole = await new ThreadManager({ store }).fork({ sourceThreadId });
    await whole.live.append(asked('a third message'));
    assert.equal((await whole.live.readThread()).title, 'first');
  }),

  check('what fails after the copy gives the lease of the fork back', async ({ store }) => {
    const { threadId: sourceThreadId } = await source(store);
    const threadId = newThreadId();
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        readThread: (next, params, options) =>
          params.threadId === threadId ? Promise.reject(new Error('no connection')) : next(params, options),
      }),
    });
    await assert.rejects(manager.fork({ sourceThreadId, threadId }), /no connection/);
    assert.equal((await store.readThread({ threadId })).lease, null);
    assert.deepEqual(manager.loaded(), []);
  }),

  check('refusals are those of the store', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const { threadId } = await createUnmaterialised(store);
    await refused(manager.fork({ sourceThreadId: threadId }), 'THREAD_NOT_FOUND');
    await refused(manager.fork({ sourceThreadId: newThreadId() }), 'THREAD_NOT_FOUND');
    await refused(manager.fork({}), 'INVALID_FIELD');
    const archived = await createArchivedThread(store);
    await refused(manager.fork({ sourceThreadId: archived.threadId }), 'THREAD_ARCHIVED');
    const fork = await manager.fork({ sourceThreadId: archived.threadId, includeArchived: true });
    await refused(manager.fork({ sourceThreadId: fork.threadId, threadId: archived.threadId }), 'THREAD_EXISTS');
  }),

  check('a detached review is a fork as if interrupted, whose parent its source is', async ({ store }) => {
    const thread = await source(store);
    const review = await new ThreadManager({ store }).startReview({ sourceThreadId: thread.threadId });
    const stored = await store.readThread({ threadId: review.threadId });
    assert.deepEqual(
      { parent: stored.parentThreadId, forkedFrom: stored.forkedFromId, source: stored.source },
      { parent: thread.threadId, forkedFrom: thread.threadId, source: { subagent: 'review' } },
    );
    assert.equal((await review.checkUp()).interruptedTurn, null);
    const { threads } = await store.listThreads({ relation: { directChildrenOf: thread.threadId } });
    assert.deepEqual(
      threads.map(({ threadId }) => threadId),
      [review.threadId],
    );
  }),

  check('a live thread can be adopted from a grant of a fork', async ({ store }) => {
    const { threadId: sourceThreadId } = await source(store);
    if (!store.capabilities.forkThread) return;
    const grant = await store.forkThread({ sourceThreadId, threadId: newThreadId() });
    const live = await LiveThread.adopt(store, { ...grant, nextSequence: 0n });
    await live.append([item('adopted')]);
    assert.deepEqual(await itemsOf(store, live), [...history, item('adopted')]);
  }),
);
