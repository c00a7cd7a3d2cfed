import assert from 'node:assert/strict';
import { LiveThread } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread } from '../support/threads.ts';
import { operations } from '../traits/operations.ts';
import { targetOf } from '../traits/targets.ts';
import { remark } from './live-items.ts';
import { createLive } from './live-support.ts';

export const livePathsChapter = chapter(
  'LiveThread: paths of files',

  check('localRolloutPath is null on a store without files, whether or not the thread is stored', async (fixture) => {
    if (fixture.factory.capabilities.readThreadByRolloutPath) return;
    const live = await createLive(fixture.store);
    assert.equal(await live.localRolloutPath(), null);
    await live.append([remark()]);
    assert.equal(await live.localRolloutPath(), null);
    await live.shutdown();
    assert.equal(await live.localRolloutPath(), null);
  }),

  check('a thread is not read by a path; the refusal says what to call instead', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const { call } = operations.readThreadByRolloutPath;
    const target = await targetOf(store, operations.readThreadByRolloutPath);
    const error = await refused(call(store, target), 'UNSUPPORTED_OPERATION');
    assert.match(error.message, /readThread with the id/);
  }),

  check('a thread is not resumed by a path; the refusal says what to call instead', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const { threadId } = await createIdleThread(store);
    const call = LiveThread.resume(store, { threadId, rolloutPath: '/sessions/rollout.jsonl' });
    const error = await refused(call, 'UNSUPPORTED_OPERATION', { operation: 'resume_thread.rollout_path' });
    assert.match(error.message, /use the id of the thread/);
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
);
