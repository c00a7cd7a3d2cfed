import assert from 'node:assert/strict';
import { ThreadManager, turnOperation, type LiveThread, type ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { completed, started, userSays, wholeTurn } from '../support/events.ts';
import { item } from '../support/items.ts';
import { errorOf, refused } from '../support/refusals.ts';
import { createIdleThread, createThread, itemsOf, newThreadId, steal } from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore } from './intercepted-store.ts';
import { usage } from './live-items.ts';
import { failure, Gate } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

const write = turnOperation((thread, text: string) => thread.live.append([text]));

/** A store that refuses to release leases until it is mended. */
function broken(store: ThreadStore): { readonly store: ThreadStore; mend(): void } {
  let fails = true;
  const intercepted = interceptedStore(store, {
    shutdownThread: (next, ...args) => (fails ? Promise.reject(failure('BACKEND_UNAVAILABLE')) : next(...args)),
  });
  return { store: intercepted, mend: () => (fails = false) };
}

export const managerMishapsChapter = chapter(
  'ThreadManager: mishaps',

  check('a thread that could not be unloaded is loaded again by the next use', async ({ store }) => {
    const release = broken(store);
    const manager = new ThreadManager({ store: release.store, operations: { write } });
    const { threadId } = await manager.start();
    await manager.submit(threadId, 'write', item(1));
    await refused(manager.unload(threadId), 'BACKEND_UNAVAILABLE');
    assert.deepEqual(manager.loaded(), []);
    await refused(manager.submit(threadId, 'write', item(2)), 'BACKEND_UNAVAILABLE');
    release.mend();
    await manager.submit(threadId, 'write', item(3));
    assert.deepEqual(await itemsOf(store, { threadId }), [item(1), item(3)]);
    assert.equal(manager.get(threadId)?.takeover, null);
  }),

  check('the unloading of an idle thread is tried again', async ({ store }) => {
    const release = broken(store);
    const clock = new ManualClock();
    const told: unknown[] = [];
    let next = Promise.withResolvers<undefined>();
    const onUnloaded = (_threadId: string, error: unknown): void => {
      told.push(error);
      next.resolve(undefined);
    };
    const manager = new ThreadManager({ store: release.store, clock, idleMs: 1_000, onUnloaded });
    const { live } = await manager.start();
    await live.append([item(1)]);
    clock.advance(1_000);
    await withinBound('the failure', next.promise);
    next = Promise.withResolvers();
    release.mend();
    clock.advance(1_000);
    await withinBound('the second try', next.promise);
    assert.equal(told.length, 2);
    assert.equal(told[1], null);
    assert.equal((await store.readThread(live)).lease, null);
  }),

  check('the loss of a handle that was removed leaves the thread alone that came after it', async ({ store }) => {
    const lost: string[] = [];
    const manager = new ThreadManager({ store, onLost: (threadId) => lost.push(threadId), operations: { write } });
    const old = await manager.start();
    await old.live.append([item(1)]);
    manager.remove(old.threadId);
    const now = await manager.resume({ threadId: old.threadId, takeover: 'steal' });
    await refused(old.live.append([item(2)]), 'FENCED');
    assert.deepEqual(lost, []);
    assert.equal(manager.get(old.threadId), now);
    await now.submit('write', item(3));
  }),

  check(
    'a manager that was disposed of takes no threads, and unloads those that were on their way',
    async ({ store }) => {
      const { threadId } = await createIdleThread(store);
      const gate = new Gate();
      const manager = new ThreadManager({
        store: interceptedStore(store, {
          resumeThread: async (next, ...args) => {
            await gate.pass();
            return next(...args);
          },
        }),
      });
      const loading = manager.resume({ threadId });
      await gate.reached;
      const disposed = manager[Symbol.asyncDispose]();
      gate.open();
      await withinBound('disposal', disposed);
      assert.equal((await loading).isRunning, false);
      assert.equal((await store.readThread({ threadId })).lease, null);
      for (const call of [manager.start(), manager.open(threadId), manager.fork({ sourceThreadId: threadId })]) {
        await refused(call, 'STORE_CLOSED');
      }
    },
  ),

  check('a shutdown of all keeps the process alive until its time is up', async ({ store }) => {
    const kept: unknown[] = [];
    class WatchedClock extends ManualClock {
      override after(ms: number, callback: () => void, options?: { readonly keepsAlive?: boolean }): () => void {
        kept.push(options?.keepsAlive ?? false);
        return super.after(ms, callback);
      }
    }
    const manager = new ThreadManager({ store, clock: new WatchedClock(), idleMs: null, renewLeasesMs: null });
    await manager.start();
    await manager.shutdownAll();
    assert.deepEqual(kept, [true]);
  }),

  check('injected items are stored once, also when no flush works', async ({ store }) => {
    const intercepted = interceptedStore(store, { flushThread: () => Promise.reject(failure('BACKEND_UNAVAILABLE')) });
    const thread = await new ThreadManager({ store: intercepted }).start();
    await thread.injectItems([item(1)]);
    assert.deepEqual(await itemsOf(store, thread), [item(1)]);
  }),

  check('marks for all readers are stored whatever the policy drops', async ({ store }) => {
    const policy = { kept: ({ json }: { readonly json: string }) => (json.includes('rolled_back') ? null : json) };
    const thread = await new ThreadManager({ store, policy }).start();
    await thread.live.append([...wholeTurn('a'), ...wholeTurn('b')]);
    assert.equal((await thread.rollback(1))?.firstOrdinal, 6n);
  }),

  check('metadata follows from what a policy has left of an item', async ({ store }) => {
    const policy = { kept: ({ json }: { readonly json: string }) => json.replaceAll('hunter2', '***') };
    const { live } = await new ThreadManager({ store, policy }).start();
    await live.append([userSays('my password is hunter2')]);
    const { title, preview, firstUserMessage } = await live.readThread();
    assert.deepEqual([title, preview, firstUserMessage], Array(3).fill('my password is ***'));
  }),

  check('a patch beside the loading of its thread comes after it', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const gate = new Gate();
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        streamHistory: async function* (next, ...args) {
          await gate.pass();
          yield* next(...args);
        },
      }),
    });
    const loading = manager.resume({ threadId });
    await gate.reached;
    const patched = manager.updateMetadata(threadId, { title: 'mine' });
    gate.open();
    const { live } = await loading;
    assert.equal((await patched).title, 'mine');
    await live.append([userSays('derived')]);
    assert.equal((await live.readThread()).title, 'mine');
  }),

  check('a patch beside the unloading of its thread has the last word', async ({ store }) => {
    const end = Promise.withResolvers<undefined>();
    const slow = turnOperation(async ({ live }: { readonly live: LiveThread }) => {
      await end.promise;
      await live.append([userSays('derived')]);
    });
    const manager = new ThreadManager({ store, operations: { slow } });
    const thread = await manager.start();
    const turn = thread.submit('slow', undefined);
    const unloaded = manager.unload(thread.threadId);
    const patched = manager.updateMetadata(thread.threadId, { title: 'mine' });
    await patched;
    end.resolve(undefined);
    await Promise.all([turn, unloaded]);
    assert.equal((await store.readThread(thread.live)).title, 'mine');
  }),

  check('a lease that was waited for and given back is no takeover', async ({ store, open }) => {
    const writer = await createThread(store);
    const manager = new ThreadManager({ store: await open() });
    const resumed = manager.resume({ threadId: writer.threadId, takeover: 'wait' });
    await writer.shutdown();
    assert.equal((await withinBound('the resume', resumed)).takeover, null);
  }),

  check('a fork as if interrupted tells how its source stood, with the token usage', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const { live, threadId } = await manager.start();
    await live.append([...wholeTurn('a'), started('b'), usage(9)]);
    const fork = await manager.fork({ sourceThreadId: threadId, snapshot: 'interrupted' });
    assert.equal(fork.stateAtLoad?.interruptedTurn?.turnId, 'b');
    assert.equal(fork.stateAtLoad.tokenUsage?.usage.totalTokens, 9);
  }),

  check('a fork that can not be closed is deleted', async ({ store }) => {
    const threadId = newThreadId();
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        appendItems: (next, params, options) =>
          params.threadId === threadId ? Promise.reject(failure()) : next(params, options),
      }),
    });
    const source = await manager.start();
    await source.live.append([started('a')]);
    await refused(manager.fork({ sourceThreadId: source.threadId, threadId, snapshot: 'interrupted' }), 'OVERLOADED');
    if (store.capabilities.forkThread) await refused(store.readThread({ threadId }), 'THREAD_DELETED');
    assert.deepEqual(manager.loaded(), [source.threadId]);
  }),

  check('a thread whose agent writes messages alone has no turn under way', async ({ store }) => {
    const { live, threadId } = await new ThreadManager({ store }).start();
    const answer = item('an answer');
    await live.append([userSays('one'), answer, userSays('two'), answer, completed('none')]);
    await live.append([userSays('three'), answer]);
    await live.shutdown();
    const thread = await new ThreadManager({ store }).resume({ threadId });
    assert.equal(thread.stateAtLoad?.interruptedTurn, null);
    assert.equal(await thread.closeInterrupted(), null);
  }),

  check('times that are none are refused, and Infinity is never', async ({ store }) => {
    for (const bad of [-1, Number.NaN, '5' as unknown as number]) {
      assert.throws(() => new ThreadManager({ store, idleMs: bad }), RangeError);
      assert.throws(() => new ThreadManager({ store, renewLeasesMs: bad }), RangeError);
      await assert.rejects(new ThreadManager({ store }).shutdownAll({ timeoutMs: bad }), RangeError);
    }
    const never = Number.POSITIVE_INFINITY;
    const manager = new ThreadManager({ store, idleMs: never, renewLeasesMs: never });
    const { threadId } = await manager.start();
    assert.deepEqual((await manager.shutdownAll({ timeoutMs: never })).completed, [threadId]);
  }),

  check('a holder that shuts its thread down itself is done with it', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const thread = await manager.start();
    await thread.live.append([item(1)]);
    await thread.live.shutdown();
    assert.deepEqual(manager.loaded(), []);
    assert.notEqual(await manager.open(thread.threadId), thread);
    const lost = await steal(store, thread);
    assert.ok(lost.epoch > thread.live.epoch);
    assert.equal((await errorOf(thread.live.append([item(2)]))).reason, 'WRITER_RELEASED');
  }),
);
