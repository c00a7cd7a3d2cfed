import assert from 'node:assert/strict';
import { ThreadManager, type ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { assertRefusal, errorOf } from '../support/refusals.ts';
import { createIdleThread } from '../support/threads.ts';

const rolloutPath = '/home/node/sessions/rollout.jsonl';

interface PathCase {
  readonly operation: string;
  readonly call: (store: ThreadStore, manager: ThreadManager, threadId: string) => Promise<unknown>;
}

const cases: readonly PathCase[] = [
  {
    operation: 'read_thread_by_rollout_path',
    // oxlint-disable-next-line typescript/no-deprecated -- deprecated for callers; a store must answer it all the same.
    call: (store) => store.readThreadByRolloutPath({ rolloutPath }),
  },
  {
    operation: 'resume_thread.rollout_path',
    call: (store, _manager, threadId) => store.resumeThread({ threadId, rolloutPath }),
  },
  { operation: 'resume_thread.rollout_path', call: (_store, manager) => manager.resume({ rolloutPath }) },
  {
    operation: 'resume_thread.rollout_path',
    call: (_store, manager, threadId) => manager.resume({ threadId, rolloutPath }),
  },
  { operation: 'fork_thread.rollout_path', call: (_store, manager) => manager.fork({ rolloutPath }) },
  { operation: 'fork_thread.rollout_path', call: (_store, manager) => manager.startReview({ rolloutPath }) },
  {
    operation: 'update_thread_metadata.rollout_path',
    call: (_store, manager, threadId) => manager.updateMetadata(threadId, { rolloutPath }),
  },
];

export const managerPathsChapter = chapter(
  'ThreadManager: what needs a local path',

  check('is unsupported on a store without files, with a word on what to do instead', async ({ store }) => {
    if (store.capabilities.readThreadByRolloutPath) return;
    const { threadId } = await createIdleThread(store);
    const manager = new ThreadManager({ store });
    for (const { operation, call } of cases) {
      const error = assertRefusal(await errorOf(call(store, manager, threadId)), 'UNSUPPORTED_OPERATION', {
        operation,
      });
      assert.match(error.message, /no files, /, operation);
    }
    assert.deepEqual(manager.loaded(), []);
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
);
