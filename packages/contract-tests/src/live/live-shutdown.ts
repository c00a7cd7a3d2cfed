import assert from 'node:assert/strict';
import type { LiveThread, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { errorOf, refused } from '../support/refusals.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore, recordedStore, type Interceptors } from './intercepted-store.ts';
import { remark } from './live-items.ts';
import { createLive, failure, fatedAppends, Gate, resumeLive } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

const metadataFails = failure('BACKEND_UNAVAILABLE');
const releaseFails = failure('OVERLOADED');

/** A handle with a touch that is pending, on a store with these interceptors. */
async function withTouch(
  store: ThreadStore,
  interceptors: Interceptors,
  clock = new ManualClock(),
): Promise<LiveThread> {
  const live = await createLive(interceptedStore(store, interceptors), { clock });
  await live.append([remark(1)]);
  clock.advance(1_000);
  await live.append([remark(2)]);
  return live;
}

function failingOnce(error: Error): { (): boolean; readonly error: Error } {
  let failures = 1;
  return Object.assign(() => failures-- > 0, { error });
}

export const liveShutdownChapter = chapter(
  'LiveThread: shutdown and discard',

  check('shutdown pushes the touch that is pending, and then releases the lease', async ({ store }) => {
    const clock = new ManualClock();
    const recorded = recordedStore(store);
    const live = await withTouch(recorded.store, {}, clock);
    recorded.calls.length = 0;
    await live.shutdown();
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['updateThreadMetadata', 'shutdownThread'],
    );
    const thread = await store.readThread(live);
    assert.deepEqual(thread.updatedAt, clock.now());
    assert.equal(thread.lease, null);
    await live.shutdown();
    assert.equal(recorded.calls.length, 2, 'repeated, it asks nothing');
  }),

  check('shutdown waits for the appends before it, and refuses those after', async ({ store }) => {
    const gate = new Gate();
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          await gate.pass();
          return next(...args);
        },
      }),
    );
    const before = [live.append([remark(1)]), live.append([remark(2)])];
    const over = live.shutdown();
    await refused(live.append([remark('late')]), 'WRITER_RELEASED');
    gate.open();
    await over;
    await Promise.all(before);
    assert.deepEqual((await store.loadHistory(live)).items, [remark(1), remark(2)]);
  }),

  check('when the metadata fails, the lease is released all the same, and the error told once', async ({ store }) => {
    const live = await withTouch(store, { updateThreadMetadata: () => Promise.reject(metadataFails) });
    await assert.rejects(live.shutdown(), (error) => error === metadataFails);
    assert.equal(live.state, 'shutDown');
    assert.equal((await store.readThread(live)).lease, null);
    await live.shutdown();
  }),

  check('when the release fails, the handle is as before, and shutdown works again', async ({ store }) => {
    const fails = failingOnce(releaseFails);
    const live = await withTouch(store, {
      shutdownThread: (next, ...args) => (fails() ? Promise.reject(releaseFails) : next(...args)),
    });
    await assert.rejects(live.shutdown(), (error) => error === releaseFails);
    assert.equal(live.state, 'live');
    await live.append([remark(3)]);
    await live.shutdown();
    assert.equal(live.state, 'shutDown');
    assert.equal((await store.readThread(live)).lease, null);
    assert.deepEqual((await store.loadHistory(live)).items, [remark(1), remark(2), remark(3)]);
  }),

  check('when both fail, both errors are told', async ({ store }) => {
    const live = await withTouch(store, {
      updateThreadMetadata: () => Promise.reject(metadataFails),
      shutdownThread: () => Promise.reject(releaseFails),
    });
    const error: unknown = await live.shutdown().catch((reason: unknown) => reason);
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors, [metadataFails, releaseFails]);
    assert.equal(live.state, 'live');
  }),

  check('a batch of unknown outcome that is not stored is told, and the lease is released', async ({ store }) => {
    const fated = fatedAppends(store, 'lostBefore', 'lostBefore');
    const live = await createLive(fated.store);
    await errorOf(live.append([remark()]));
    assert.equal((await errorOf(live.shutdown())).effect, 'unknown');
    assert.equal(live.state, 'shutDown');
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
  }),

  check(
    'a signal that has fired, or fires before its turn: nothing is done, and the handle is as before',
    async ({ store }) => {
      const gate = new Gate();
      const live = await createLive(
        interceptedStore(store, {
          appendItems: async (next, ...args) => {
            await gate.pass();
            return next(...args);
          },
        }),
      );
      await refused(live.shutdown({ signal: AbortSignal.abort() }), 'CANCELLED');
      assert.equal(live.state, 'live');
      const appended = live.append([remark(1)]);
      const abort = new AbortController();
      const over = live.shutdown({ signal: abort.signal });
      abort.abort();
      await refused(withinBound('shutdown', over), 'CANCELLED');
      assert.equal(live.state, 'live');
      gate.open();
      await appended;
      await live.append([remark(2)]);
      await live.shutdown();
      assert.deepEqual((await store.loadHistory(live)).items, [remark(1), remark(2)]);
    },
  ),

  check('called twice it is the same shutdown', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    await live.append([remark()]);
    await Promise.all([live.shutdown(), live.shutdown()]);
    assert.equal(recorded.calls.filter(({ operation }) => operation === 'shutdownThread').length, 1);
  }),

  check('after it the thread can be resumed at once', async ({ store }) => {
    const live = await createLive(store);
    await live.append([remark(1)]);
    await live.shutdown();
    const next = await resumeLive(store, live);
    await next.append([remark(2)]);
    assert.deepEqual((await store.loadHistory(live)).items, [remark(1), remark(2)]);
  }),

  check('discard releases at once: what is durable stays, what is pending is lost', async ({ store }) => {
    const clock = new ManualClock();
    const recorded = recordedStore(store);
    const live = await withTouch(recorded.store, {}, clock);
    recorded.calls.length = 0;
    await live.discard();
    await live.discard();
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['discardThread'],
    );
    const thread = await store.readThread(live);
    assert.equal(thread.lease, null);
    assert.notDeepEqual(thread.updatedAt, clock.now());
    assert.deepEqual((await store.loadHistory(live)).items, [remark(1), remark(2)]);
    await refused(live.append([remark(3)]), 'WRITER_RELEASED');
  }),

  check('discarded unused, a thread leaves no trace', async ({ store }) => {
    const live = await createLive(store);
    await live.discard();
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
  }),
);
