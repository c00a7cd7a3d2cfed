import assert from 'node:assert/strict';
import { ThreadManager } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { refused } from '../support/refusals.ts';
import { createArchivedThread, createIdleThread, newThreadId } from '../support/threads.ts';
import { recordedStore } from './intercepted-store.ts';

export const managerMetadataChapter = chapter(
  'ThreadManager: metadata',

  check('of a loaded thread goes through the live thread: what is pending first, then the patch', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const { live } = await manager.resume({ threadId });
    await live.append([userSays('derived')]);
    const thread = await manager.updateMetadata(threadId, { title: 'by hand', name: 'a name' });
    assert.equal(thread.title, 'by hand');
    assert.equal(thread.firstUserMessage, 'derived');
    await live.append([userSays('more')]);
    await live.shutdown();
    assert.equal((await store.readThread({ threadId })).title, 'by hand', 'nothing derived comes after it');
  }),

  check('of a thread that nobody else sees yet makes it seen', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const { threadId } = await manager.start();
    assert.equal((await manager.updateMetadata(threadId, { name: 'early' })).name, 'early');
    assert.equal((await store.readThread({ threadId })).name, 'early');
  }),

  check('of a cold thread goes straight to the store, and loads nothing', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const patch = { name: 'cold', memoryMode: 'disabled' } as const;
    assert.equal((await manager.updateMetadata(threadId.toUpperCase(), patch)).memoryMode, 'disabled');
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['updateThreadMetadata'],
    );
    assert.deepEqual(manager.loaded(), []);
  }),

  check('of an archived thread needs includeArchived, loaded or not', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const manager = new ThreadManager({ store });
    await refused(manager.updateMetadata(threadId, { name: 'x' }), 'THREAD_ARCHIVED');
    assert.equal((await manager.updateMetadata(threadId, { name: 'x' }, { includeArchived: true })).name, 'x');
    await manager.resume({ threadId, includeArchived: true });
    await refused(manager.updateMetadata(threadId, { name: 'y' }), 'THREAD_ARCHIVED');
    assert.equal((await manager.updateMetadata(threadId, { name: 'y' }, { includeArchived: true })).name, 'y');
  }),

  check('errors are those of the store', async ({ store }) => {
    const manager = new ThreadManager({ store });
    await refused(manager.updateMetadata(newThreadId(), { name: 'x' }), 'THREAD_NOT_FOUND');
    await refused(manager.updateMetadata('x', { name: 'x' }), 'INVALID_FIELD');
    const { threadId } = await manager.start();
    await refused(manager.updateMetadata(threadId, { nothing: 'x' } as object), 'INVALID_FIELD');
    await refused(manager.updateMetadata(threadId, { rolloutPath: '/x' }), 'UNSUPPORTED_OPERATION');
  }),
);
