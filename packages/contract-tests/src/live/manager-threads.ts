import assert from 'node:assert/strict';
import { ThreadManager } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread, createUnmaterialised, itemsOf, newThreadId } from '../support/threads.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';

export const managerThreadsChapter = chapter(
  'ThreadManager: threads that are loaded',

  check('start makes a thread with a new id of version 7, and holds it', async ({ store }) => {
    const manager = new ThreadManager({ store, holder: 'a worker' });
    const thread = await manager.start({ metadata: { cwd: '/w', source: 'cli' } });
    assert.match(thread.threadId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    assert.deepEqual(manager.loaded(), [thread.threadId]);
    assert.equal(manager.get(thread.threadId.toUpperCase()), thread);
    await thread.live.append([item(1)]);
    const { lease, cwd } = await manager.readThread({ threadId: thread.threadId });
    assert.deepEqual({ holder: lease?.holder, cwd }, { holder: 'a worker', cwd: '/w' });
  }),

  check('start with an id that has a thread is refused, and what is loaded stays', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const { threadId } = await manager.start();
    await refused(manager.start({ threadId }), 'THREAD_EXISTS');
    assert.deepEqual(manager.loaded(), [threadId]);
  }),

  check('resume loads a stored thread, and returns the one that is loaded', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const manager = new ThreadManager({ store });
    const thread = await manager.resume({ threadId });
    assert.equal(await manager.resume({ threadId }), thread);
    assert.equal(await manager.open(threadId), thread);
    assert.equal((await manager.readThread({ threadId })).epoch, thread.live.epoch);
  }),

  check('resumes of one thread at once load it once', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const threads = await Promise.all([
      manager.resume({ threadId }),
      manager.open(threadId),
      manager.resume({ threadId, takeover: 'steal' }),
    ]);
    assert.equal(new Set(threads).size, 1);
    assert.equal(recorded.calls.filter(({ operation }) => operation === 'resumeThread').length, 1);
  }),

  check('a resume that fails leaves nothing loaded, and can be made again', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    let fails = true;
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        loadHistory: (next, ...args) => next(...args),
        streamHistory: (next, params, options) => {
          if (fails) throw new Error('unreadable');
          return next(params, options);
        },
      }),
    });
    await assert.rejects(manager.resume({ threadId }), /unreadable/);
    assert.deepEqual(manager.loaded(), []);
    assert.equal((await store.readThread({ threadId })).lease, null);
    fails = false;
    assert.equal((await manager.resume({ threadId })).threadId, threadId);
  }),

  check('a thread that is not there, or not materialised, is not found', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const { threadId } = await createUnmaterialised(store);
    for (const id of [newThreadId(), threadId]) {
      await refused(manager.resume({ threadId: id }), 'THREAD_NOT_FOUND');
      await refused(manager.open(id), 'THREAD_NOT_FOUND');
      assert.equal(manager.get(id), undefined);
    }
    await refused(manager.open('x'), 'INVALID_FIELD');
    await refused(manager.resume({}), 'INVALID_FIELD');
  }),

  check('internal threads are in no list, and are not got', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const source = { internal: 'memory_consolidation' };
    const { threadId } = await manager.start({ metadata: { source } });
    assert.deepEqual(manager.loaded(), []);
    assert.equal(manager.get(threadId), undefined);
    const { completed } = await manager.shutdownAll();
    assert.deepEqual(completed, [threadId]);
  }),

  check('remove takes a thread out of the registry only: its holder goes on', async ({ store }) => {
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const thread = await manager.start();
    const before = recorded.calls.length;
    assert.equal(manager.remove(thread.threadId), thread);
    assert.equal(recorded.calls.length, before);
    assert.equal(manager.get(thread.threadId), undefined);
    assert.equal(manager.remove(thread.threadId), undefined);
    await thread.live.append([item(1)]);
    await thread.live.shutdown();
    assert.deepEqual(await itemsOf(store, thread), [item(1)]);
  }),

  check('unload gives the lease back, and open loads the thread again', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const thread = await manager.start();
    await thread.live.append([item(1)]);
    assert.equal(await manager.unload(thread.threadId), true);
    assert.equal((await store.readThread(thread)).lease, null);
    assert.equal(await manager.unload(thread.threadId), false);
    const again = await manager.open(thread.threadId);
    assert.notEqual(again, thread);
    assert.equal(again.live.epoch, thread.live.epoch + 1n);
  }),

  check('unload that fails can be repeated, and takes no operation meanwhile', async ({ store }) => {
    let fails = true;
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        shutdownThread: (next, params, options) =>
          fails ? Promise.reject(new Error('no connection')) : next(params, options),
      }),
    });
    const thread = await manager.start();
    await thread.live.append([item(1)]);
    await assert.rejects(manager.unload(thread.threadId), /no connection/);
    assert.equal(thread.isRunning, false);
    await refused(thread.submit('x', undefined), 'INVALID_FIELD');
    await refused(thread.rollback(1), 'WRITER_RELEASED');
    fails = false;
    assert.equal(await manager.unload(thread.threadId), true);
    assert.equal((await store.readThread(thread)).lease, null);
  }),

  check('shutdownAll unloads all at once and reports each', async ({ store }) => {
    const bad = new Set<string>();
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        shutdownThread: (next, params, options) =>
          bad.has(params.threadId) ? Promise.reject(new Error('no connection')) : next(params, options),
      }),
    });
    const [a, b] = [await manager.start(), await manager.start()];
    bad.add(b.threadId);
    const report = await manager.shutdownAll();
    assert.deepEqual(report.completed, [a.threadId]);
    assert.deepEqual(report.timedOut, []);
    assert.deepEqual(
      report.failed.map(({ threadId }) => threadId),
      [b.threadId],
    );
    await assert.rejects(manager[Symbol.asyncDispose](), AggregateError);
    bad.clear();
    await manager[Symbol.asyncDispose]();
    assert.deepEqual(manager.loaded(), []);
  }),
);
