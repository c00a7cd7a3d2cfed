import assert from 'node:assert/strict';
import { ThreadManager, turnOperation } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import { itemsOf } from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore } from './intercepted-store.ts';
import { ManualClock } from './manual-clock.ts';

const idleMs = 60_000;

/** Told of the next thread that is unloaded for being idle. */
class Unloads {
  #next = Promise.withResolvers<{ readonly threadId: string; readonly error: unknown }>();
  count = 0;

  readonly onUnloaded = (threadId: string, error: unknown): void => {
    this.count += 1;
    this.#next.resolve({ threadId, error });
    this.#next = Promise.withResolvers();
  };

  next(): Promise<{ readonly threadId: string; readonly error: unknown }> {
    return withinBound('unloading an idle thread', this.#next.promise);
  }
}

export const managerIdleChapter = chapter(
  'ThreadManager: idle threads',

  check('a thread that rests for the time is unloaded, and comes back on demand', async ({ store }) => {
    const clock = new ManualClock();
    const unloads = new Unloads();
    const write = turnOperation((thread, text: string) => thread.live.append([text]));
    const manager = new ThreadManager({ store, clock, idleMs, onUnloaded: unloads.onUnloaded, operations: { write } });
    const { threadId } = await manager.start();
    await manager.submit(threadId, 'write', item(1));
    const unloaded = unloads.next();
    clock.advance(idleMs);
    assert.deepEqual(await unloaded, { threadId, error: null });
    assert.deepEqual(manager.loaded(), []);
    assert.equal((await store.readThread({ threadId })).lease, null);
    await manager.submit(threadId, 'write', item(2));
    assert.deepEqual(manager.loaded(), [threadId]);
    assert.deepEqual(await itemsOf(store, { threadId }), [item(1), item(2)]);
  }),

  check('a write puts it off, by whomever it is made', async ({ store }) => {
    const clock = new ManualClock();
    const unloads = new Unloads();
    const manager = new ThreadManager({ store, clock, idleMs, onUnloaded: unloads.onUnloaded });
    const { threadId, live } = await manager.start();
    clock.advance(idleMs - 1);
    await live.append([item(1)]);
    clock.advance(idleMs - 1);
    assert.deepEqual(manager.loaded(), [threadId]);
    const unloaded = unloads.next();
    clock.advance(1);
    assert.equal((await unloaded).threadId, threadId);
  }),

  check('a thread with an operation under way is not idle, however long it takes', async ({ store }) => {
    const clock = new ManualClock();
    const unloads = new Unloads();
    const end = Promise.withResolvers<undefined>();
    const manager = new ThreadManager({
      store,
      clock,
      idleMs,
      onUnloaded: unloads.onUnloaded,
      operations: { prompt: turnOperation(() => end.promise) },
    });
    const thread = await manager.start();
    const turn = thread.submit('prompt', undefined);
    clock.advance(10 * idleMs);
    assert.equal(thread.isRunning, true);
    end.resolve(undefined);
    await turn;
    clock.advance(idleMs - 1);
    assert.equal(unloads.count, 0);
    const unloaded = unloads.next();
    clock.advance(1);
    await unloaded;
  }),

  check('a failure to unload is told, and hinders nobody', async ({ store }) => {
    const clock = new ManualClock();
    const unloads = new Unloads();
    let fails = true;
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        shutdownThread: (next, params, options) =>
          fails ? Promise.reject(new Error('no connection')) : next(params, options),
      }),
      clock,
      idleMs,
      onUnloaded: unloads.onUnloaded,
    });
    const { threadId, live } = await manager.start();
    await live.append([item(1)]);
    const unloaded = unloads.next();
    clock.advance(idleMs);
    const { error } = await unloaded;
    assert.match(String(error), /no connection/);
    fails = false;
    assert.deepEqual((await manager.shutdownAll()).completed, [threadId]);
  }),

  check('without a time threads stay', async ({ store }) => {
    const clock = new ManualClock();
    const manager = new ThreadManager({ store, clock, idleMs: null });
    const { threadId } = await manager.start();
    clock.advance(1_000 * idleMs);
    assert.deepEqual(manager.loaded(), [threadId]);
  }),
);
