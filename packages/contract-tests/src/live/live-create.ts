import assert from 'node:assert/strict';
import { LiveThread } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { refused, refusedField } from '../support/refusals.ts';
import { createIdleThread, newThreadId } from '../support/threads.ts';
import { listIds } from '../support/walk.ts';
import { recordedStore } from './intercepted-store.ts';
import { metaOf, remark } from './live-items.ts';
import { createLive } from './live-support.ts';

const spawned = {
  subagent: {
    thread_spawn: { parent_thread_id: 'p', agent_nickname: 'Ada', agent_role: 'reviewer', agent_path: '/a' },
  },
};

export const liveCreateChapter = chapter(
  'LiveThread: create',

  check('makes one call of the store, createThread, for a new id of version 7', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['createThread'],
    );
    assert.match(live.threadId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.equal(live.state, 'live');
    assert.equal(live.epoch, live.grant.epoch);
  }),

  check('an error of createThread is passed through', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    await refused(createLive(store, {}, { threadId }), 'THREAD_EXISTS');
    await refusedField(createLive(store, {}, { threadId: 'no id' }), 'threadId');
  }),

  check('what is known at creation goes with it, and reads from the first append on', async ({ store }) => {
    const recorded = recordedStore(store);
    const metadata = {
      modelProvider: 'p',
      cwd: '/w',
      cliVersion: '1.2',
      source: 'cli',
      memoryMode: 'disabled',
    } as const;
    const live = await createLive(recorded.store, {}, { sessionId: 's', originator: 'o', metadata });
    await refused(live.readThread(), 'THREAD_NOT_FOUND');
    await live.append([remark()]);
    const expected = { ...metadata, sessionId: 's', originator: 'o' };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
    assert.ok(recorded.calls.every(({ operation }) => operation !== 'updateThreadMetadata'));
  }),

  check('what the source says of a spawned agent is stored', async ({ store }) => {
    const live = await createLive(store, {}, { metadata: { source: spawned } });
    await live.persist();
    const expected = { source: spawned, agentNickname: 'Ada', agentRole: 'reviewer', agentPath: '/a' };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('what the metadata names of an agent goes before what its source says', async ({ store }) => {
    const live = await createLive(store, {}, { metadata: { source: spawned, agentNickname: 'Eve' } });
    await live.persist();
    const expected = { agentNickname: 'Eve', agentRole: 'reviewer' };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('what was named at creation counts as said: the first message does not replace it', async ({ store }) => {
    const metadata = { preview: 'a preview', title: 'a title', firstUserMessage: 'a first message' };
    const live = await createLive(store, {}, { metadata });
    await live.append([userSays('another')]);
    assert.deepEqual(pick(await live.readThread(), metadata), metadata);
  }),

  check('a directory that was named stands against that of a turn_context', async ({ store }) => {
    const live = await createLive(store, {}, { metadata: { cwd: '/named' } });
    await live.append([JSON.stringify({ type: 'turn_context', payload: { cwd: '/other' } })]);
    assert.equal((await live.readThread()).cwd, '/named');
  }),

  check('a session_meta of its own goes before what was named', async ({ store }) => {
    const threadId = newThreadId();
    const live = await createLive(store, {}, { threadId, metadata: { cwd: '/named', source: 'cli' } });
    await live.append([metaOf(threadId, { cwd: '/own', source: 'exec' })]);
    const expected = { cwd: '/own', source: 'exec', createdAt: new Date('2024-05-06T07:08:09.010Z') };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('flush materialises nothing, and pushes nothing', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store, {}, { metadata: { cwd: '/w' } });
    await live.flush();
    await refused(live.readThread(), 'THREAD_NOT_FOUND');
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['createThread', 'flushThread', 'readThread'],
    );
  }),

  check('created and shut down unused, a thread leaves no trace', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store, {}, { metadata: { cwd: '/w', name: 'a name' } });
    await live.shutdown();
    await refused(store.readThread({ threadId: live.threadId }), 'THREAD_NOT_FOUND');
    assert.deepEqual(await listIds(store), []);
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['createThread', 'shutdownThread'],
    );
    assert.equal(live.state, 'shutDown');
    await createLive(store, {}, { threadId: live.threadId });
  }),

  check('persist materialises a thread with what was known at creation', async ({ store }) => {
    const live = await createLive(store, {}, { metadata: { cwd: '/w', name: 'a name' } });
    await live.persist();
    await live.persist();
    const expected = { cwd: '/w', name: 'a name', nextOrdinal: 0n };
    assert.deepEqual(pick(await store.readThread(live), expected), expected);
  }),

  check('await using shuts the thread down', async ({ store }) => {
    let threadId: string;
    {
      await using live = await LiveThread.create(store, {}, { gitInfo: null });
      await live.append([remark()]);
      threadId = live.threadId;
    }
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
);
