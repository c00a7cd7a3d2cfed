import assert from 'node:assert/strict';
import type { ForkThreadParams, StoredThread, ThreadMetadataPatch } from '@threadstore/core';
import { chapter } from '../chapter.ts';
import { completed, message, sessionMeta, started, userSays } from '../support/events.ts';
import { items } from '../support/items.ts';
import { emptyMetadata, fullPatch, patchedFully, pick, wrongPatches } from '../support/metadata.ts';
import { checksOf } from '../support/optional.ts';
import { refused, refusedField, refusedInput } from '../support/refusals.ts';
import {
  createArchivedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  newThreadId,
} from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

const { check } = checksOf('forkThread');

const derived = { title: null, preview: '', firstUserMessage: null } as const;

/** Where the user's first message is: behind what a client put before the model. */
const session: readonly string[] = [
  sessionMeta(),
  started('t1'),
  message('user', '<environment_context>the workshop</environment_context>'),
  message('user', 'count the lanterns'),
  userSays('count the lanterns'),
  completed('t1'),
];

const inheritance = [
  check('has the metadata of its source, but for name, times and where it comes from', async ({ store }) => {
    const origin = { parentThreadId: newThreadId(), sessionId: 'session-1', originator: 'a-client' };
    const source = await createThread(store, { ...origin, metadata: fullPatch });
    await source.append(...items(2));
    const { threadId } = await store.forkThread({ threadId: newThreadId(), sourceThreadId: source.threadId });
    const thread = await store.readThread({ threadId });
    const { createdAt: _, updatedAt: __, recencyAt: ___, ...inherited } = patchedFully;
    const expected: Partial<StoredThread> = {
      ...inherited,
      name: null,
      forkedFromId: source.threadId,
      parentThreadId: null,
      sessionId: null,
      originator: null,
      archivedAt: null,
    };
    assert.deepEqual(pick(thread, expected), expected);
    assert.deepEqual([thread.updatedAt, thread.recencyAt], [thread.createdAt, thread.createdAt]);
    assert.ok(Math.abs(thread.createdAt.getTime() - Date.now()) < 60_000, 'created about now');
  }),

  check('applies metadata and origins that come with it', async ({ store }) => {
    const source = await createIdleThread(store, { metadata: { ...fullPatch, gitInfo: { branch: 'main' } } });
    const origin = { parentThreadId: newThreadId(), sessionId: 's', originator: 'o' };
    const times = { createdAt: new Date(1_000), updatedAt: new Date(2_000), advanceRecencyAt: new Date(3_000) };
    const metadata = { ...times, name: 'a fork', model: null, preview: '', gitInfo: { commitHash: 'c' } };
    const params = { threadId: newThreadId(), sourceThreadId: source.threadId, ...origin, metadata };
    await store.forkThread(params);
    const thread = await store.readThread(params);
    const { advanceRecencyAt: recencyAt, ...moments } = times;
    const expected: Partial<StoredThread> = {
      ...origin,
      ...moments,
      recencyAt,
      name: 'a fork',
      model: null,
      preview: '',
      title: fullPatch.title,
      gitInfo: { commitHash: 'c', branch: 'main', repositoryUrl: null },
    };
    assert.deepEqual(pick(thread, expected), expected);
  }),

  check(
    'has what was said first only if it was said in what it has, and totals only of everything',
    async ({ store }) => {
      const source = await createUnmaterialised(store, { metadata: fullPatch });
      await source.append(...session);
      const { title, preview, firstUserMessage, tokenUsage } = fullPatch;
      const said = { title, preview, firstUserMessage };
      const expected: readonly (readonly [ForkThreadParams['at'], Partial<StoredThread>])[] = [
        [{ beforeOrdinal: 0n }, { ...derived, tokenUsage: null }],
        [{ beforeOrdinal: 3n }, { ...derived, tokenUsage: null }],
        [{ beforeOrdinal: 4n }, { ...said, tokenUsage: null }],
        [{ beforeUserMessage: 0 }, { ...derived, tokenUsage: null }],
        [{ beforeTurn: 't1' }, { ...derived, tokenUsage: null }],
        [{ throughTurn: 't1' }, { ...said, tokenUsage }],
        [{ beforeOrdinal: 6n }, { ...said, tokenUsage }],
      ];
      for (const [at, some] of expected) {
        const params = {
          threadId: newThreadId(),
          sourceThreadId: source.threadId,
          ...(at === undefined ? {} : { at }),
        };
        await store.forkThread(params);
        const thread = await store.readThread(params);
        assert.deepEqual(pick(thread, some), some, `at ${Object.entries(at ?? {}).join()}`);
        assert.equal(thread.model, fullPatch.model);
      }
    },
  ),

  check('an event alone shows what the user said', async ({ store }) => {
    const source = await createUnmaterialised(store, { metadata: { preview: 'a preview' } });
    await source.append(sessionMeta(), userSays('count the lanterns'), ...items(1));
    for (const [before, preview] of [
      [1n, ''],
      [2n, 'a preview'],
    ] as const) {
      const params = { threadId: newThreadId(), sourceThreadId: source.threadId, at: { beforeOrdinal: before } };
      await store.forkThread(params);
      assert.equal((await store.readThread(params)).preview, preview);
    }
  }),

  check('has everything of a source in which nobody said anything', async ({ store }) => {
    const source = await createIdleThread(store, { metadata: { preview: 'a preview' } });
    const params = { threadId: newThreadId(), sourceThreadId: source.threadId };
    await store.forkThread(params);
    assert.equal((await store.readThread(params)).preview, 'a preview');
    const plain = await createIdleThread(store);
    const again = { threadId: newThreadId(), sourceThreadId: plain.threadId };
    await store.forkThread(again);
    const expected = { ...emptyMetadata, forkedFromId: plain.threadId };
    assert.deepEqual(pick(await store.readThread(again), expected), expected);
  }),
];

const refusals = [
  check('takes an archived source only when told so, and is not archived', async ({ store, open }) => {
    const source = await createArchivedThread(store);
    const params = { threadId: newThreadId(), sourceThreadId: source.threadId };
    await refused(store.forkThread(params), 'THREAD_ARCHIVED');
    await (await open()).forkThread({ ...params, includeArchived: true });
    assert.equal((await store.readThread(params)).archivedAt, null);
    assert.deepEqual(await listIds(store), [params.threadId]);
    assert.notEqual((await store.readThread({ ...source.ref, includeArchived: true })).archivedAt, null);
  }),

  check('refuses wrong input by the name of the field, and leaves the id free', async ({ store }) => {
    const { threadId: sourceThreadId } = await createIdleThread(store);
    const threadId = newThreadId();
    const call = (more: object): Promise<unknown> => store.forkThread({ threadId, sourceThreadId, ...more });
    for (const [field, metadata] of wrongPatches) {
      await refusedInput(call({ metadata: metadata as ThreadMetadataPatch }), `metadata.${field}`);
    }
    const wrong = { threadId: 'x', sourceThreadId: null, includeArchived: 'yes', holder: '\ud800', sessionId: '\0' };
    for (const [field, value] of Object.entries(wrong)) await refusedInput(call({ [field]: value }), field);
    await refusedField(call({ parentThreadId: 'x' }), 'parentThreadId');
    await createUnmaterialised(store, { threadId });
  }),

  check('refuses a rollout path on a store without files', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const { threadId: sourceThreadId } = await createIdleThread(store);
    const params = { threadId: newThreadId(), sourceThreadId, metadata: { rolloutPath: '/srv/x.jsonl' } };
    await refused(store.forkThread(params), 'UNSUPPORTED_OPERATION', { operation: 'fork_thread.rollout_path' });
  }),

  check('looks at the input, then at the source, then at the new id', async ({ store }) => {
    const taken = await createIdleThread(store);
    const archived = await createArchivedThread(store);
    const [threadId, sourceThreadId] = [taken.threadId, newThreadId()];
    await refusedField(store.forkThread({ threadId, sourceThreadId, at: {} as never }), 'at');
    await refused(store.forkThread({ threadId, sourceThreadId }), 'THREAD_NOT_FOUND');
    const at = { beforeTurn: 'none' };
    await refused(store.forkThread({ threadId, sourceThreadId: archived.threadId, at }), 'THREAD_ARCHIVED');
    await refusedField(store.forkThread({ threadId, sourceThreadId: taken.threadId, at }), 'at.beforeTurn');
  }),
];

export const forkMetadataChapter = chapter('forkThread: metadata and refusals', ...inheritance, ...refusals);
