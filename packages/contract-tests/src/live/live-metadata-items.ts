import assert from 'node:assert/strict';
import { keepEverything, type StoredThread } from '@threadstore/core';
import { chapter, check, type ContractTest } from '../chapter.ts';
import { event, userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { newThreadId } from '../support/threads.ts';
import { goal, metaOf, pictures, remark, tokens, turnContext, usage } from './live-items.ts';
import { createLive, factsOf, fatedAppends, restOf } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

type Items = (threadId: string) => readonly string[];

/** Each batch by an append of its own; how the thread reads then. */
function sets(name: string, batches: readonly Items[], expected: Partial<StoredThread>): ContractTest {
  return check(name, async ({ store }) => {
    const threadId = newThreadId();
    const live = await createLive(store, { policy: keepEverything, clock: new ManualClock() }, { threadId });
    for (const items of batches) await live.append(items(threadId));
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  });
}

/** Items that set no field: nothing but the touch. */
function setsNothing(name: string, items: Items, isRelevant: boolean): ContractTest {
  return check(name, async ({ store }) => {
    const threadId = newThreadId();
    const clock = new ManualClock();
    const fated = fatedAppends(store);
    const live = await createLive(fated.store, { policy: keepEverything, clock }, { threadId });
    await live.append([remark()]);
    const before = await live.readThread();
    clock.advance(1_000);
    await live.append(items(threadId));
    const after = await live.readThread();
    assert.deepEqual(restOf(after), restOf(before));
    const { metadata } = fated.sent[1] ?? {};
    assert.deepEqual(factsOf(metadata), {});
    assert.equal(metadata?.updatedAt !== undefined, isRelevant, 'touched at once');
    if (isRelevant) assert.deepEqual(after.updatedAt, clock.now());
  });
}

const spawn = { agent_nickname: 'Ada', agent_role: 'reviewer', agent_path: '/main/a' };
const meta = {
  source: 'cli',
  thread_source: 'user',
  model_provider: 'p',
  cli_version: '1.2',
  cwd: '/own',
  git: { commit_hash: 'abc', branch: 'main', repository_url: 'https://example.org/r.git' },
  memory_mode: 'disabled',
};
const fromMeta: Partial<StoredThread> = {
  createdAt: new Date('2024-05-06T07:08:09.010Z'),
  source: 'cli',
  threadSource: 'user',
  modelProvider: 'p',
  cliVersion: '1.2',
  cwd: '/own',
  gitInfo: { commitHash: 'abc', branch: 'main', repositoryUrl: 'https://example.org/r.git' },
  memoryMode: 'disabled',
};
const context = {
  cwd: '/turn',
  model: 'm',
  effort: 'high',
  approval_policy: 'never',
  sandbox_policy: { type: 'read-only' },
};
const said = (text: string | null, preview = text ?? ''): Partial<StoredThread> => ({
  firstUserMessage: text,
  preview,
  title: text,
});
const userItem = (content: unknown): string =>
  event('item_completed', { turn_id: 't', item: { type: 'UserMessage', id: 'u', content } });

export const liveMetadataItemsChapter = chapter(
  'LiveThread: which item sets what',

  sets('session_meta of its own: all that it names', [(id) => [metaOf(id, meta)]], fromMeta),
  sets('session_meta: the id is the same in any case', [(id) => [metaOf(id.toUpperCase(), meta)]], fromMeta),
  sets('session_meta: an agent, by its own members', [(id) => [metaOf(id, { ...spawn, agent_type: 'no' })]], {
    agentNickname: 'Ada',
    agentRole: 'reviewer',
    agentPath: '/main/a',
  }),
  sets(
    'session_meta: an agent, by its source',
    [(id) => [metaOf(id, { source: { subagent: { thread_spawn: spawn } } })]],
    {
      agentNickname: 'Ada',
      agentRole: 'reviewer',
      agentPath: '/main/a',
      source: { subagent: { thread_spawn: spawn } },
    },
  ),
  sets(
    'session_meta: agent and thread_source are cleared by one that names none',
    [(id) => [metaOf(id, { ...meta, ...spawn })], (id) => [metaOf(id, {})]],
    { threadSource: null, agentNickname: null, agentRole: null, agentPath: null, modelProvider: 'p', cwd: '/own' },
  ),
  sets(
    'session_meta of another thread (fork copy): nothing',
    [(id) => [metaOf(id, meta), metaOf(newThreadId(), { ...meta, cwd: '/foreign', source: 'exec' })]],
    fromMeta,
  ),
  setsNothing('session_meta of another thread: nothing but the touch', () => [metaOf(newThreadId(), meta)], true),
  sets(
    'session_meta of the same id, later: what it names counts, empty texts do not',
    [
      (id) => [metaOf(id, meta)],
      (id) => [metaOf(id, { ...meta, cwd: '', cli_version: '1.3', memory_mode: 'enabled' })],
    ],
    { ...fromMeta, cliVersion: '1.3', memoryMode: 'enabled' },
  ),
  sets(
    'session_meta: of git only the parts that are there',
    [(id) => [metaOf(id, meta)], (id) => [metaOf(id, { git: { branch: 'other' } })]],
    { gitInfo: { commitHash: 'abc', branch: 'other', repositoryUrl: 'https://example.org/r.git' } },
  ),
  sets('session_meta: a time without zone is UTC', [(id) => [metaOf(id, { timestamp: '2024-05-06T07-08-09' })]], {
    createdAt: new Date('2024-05-06T07:08:09.000Z'),
  }),
  check('session_meta with an unparsable timestamp: createdAt is left, and un-set in its batch', async ({ store }) => {
    const live = await createLive(store);
    await live.persist();
    const { createdAt } = await live.readThread();
    await live.append([metaOf(live.threadId), metaOf(live.threadId, { timestamp: 'yesterday', cwd: '/own' })]);
    const expected = { createdAt, cwd: '/own' };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  sets('turn_context: cwd, model, effort, approval, sandbox', [() => [turnContext(context)]], {
    cwd: '/turn',
    model: 'm',
    reasoningEffort: 'high',
    approvalMode: 'never',
    sandboxPolicy: { type: 'read-only' },
  }),
  sets(
    'turn_context: cwd only if none is known; all else counts',
    [(id) => [metaOf(id, meta)], () => [turnContext({ ...context, model: 'newer', approval_policy: 'on-request' })]],
    { cwd: '/own', model: 'newer', approvalMode: 'on-request', sandboxPolicy: { type: 'read-only' } },
  ),
  sets(
    'turn_context: the first directory stands, within a batch too',
    [() => [turnContext(context), turnContext({ cwd: '/second' })], () => [turnContext({ cwd: '/third' })]],
    { cwd: '/turn' },
  ),
  sets('turn_context without effort clears it', [() => [turnContext(context)], () => [turnContext({ model: 'm' })]], {
    reasoningEffort: null,
    model: 'm',
    sandboxPolicy: { type: 'read-only' },
  }),

  sets('user_message: first message, preview and title, stripped', [() => [userSays('  hello \n')]], said('hello')),
  sets(
    'user_message: what stands before the marker is left out',
    [() => [userSays('# Context\nfiles\n## My request for Codex:\n light one ')]],
    said('light one'),
  ),
  sets('user_message: a second one changes none of the three', [() => [userSays('one'), userSays('two')]], said('one')),
  sets('user_message: nor does one of a later batch', [() => [userSays('one')], () => [userSays('two')]], said('one')),
  sets(
    'user_message with pictures alone: [Image], and the title is from the next text',
    [() => [pictures()], () => [userSays('words')]],
    { ...said('[Image]'), title: 'words' },
  ),
  sets(
    'user_message with local pictures alone: [Image]',
    [() => [event('user_message', { message: ' ', local_images: ['/a.png'] })]],
    { ...said('[Image]'), title: null },
  ),
  sets('user_message with pictures and words: the words', [() => [pictures('words')]], said('words')),

  sets('token_count with info: the running total, the last one', [() => [usage(3)], () => [usage(5), usage(9)]], {
    tokenUsage: tokens(9),
  }),
  setsNothing(
    'token_count without info: nothing but the touch',
    () => [event('token_count', { info: null, rate_limits: {} })],
    true,
  ),

  sets('thread_goal_updated: preview, trimmed', [() => [goal(' light all \n')]], said(null, 'light all')),
  sets(
    'thread_goal_updated first, then a message: the goal stays the preview',
    [() => [goal('light all')], () => [userSays('one')]],
    { ...said('one'), preview: 'light all' },
  ),
  sets('thread_goal_updated after a message: nothing', [() => [userSays('one')], () => [goal('late')]], said('one')),
  sets('thread_goal_updated without words: nothing', [() => [goal('  ')], () => [userSays('one')]], said('one')),

  sets(
    'thread_settings_applied: model, provider, effort, cwd, approval',
    [
      (id) => [metaOf(id, meta)],
      () => [
        event('thread_settings_applied', {
          thread_settings: {
            model: 'm2',
            model_provider_id: 'p2',
            cwd: '/moved',
            approval_policy: 'never',
            collaboration_mode: { mode: 'plan', settings: { reasoning_effort: 'low' } },
          },
        }),
      ],
    ],
    { model: 'm2', modelProvider: 'p2', reasoningEffort: 'low', cwd: '/moved', approvalMode: 'never' },
  ),
  sets(
    'item_completed with a user message: as user_message',
    [
      () => [
        userItem([
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ]),
      ],
      () => [userSays('three')],
    ],
    said('one\ntwo'),
  ),
  sets(
    'item_completed with a user message of pictures: [Image]',
    [() => [userItem([{ type: 'image', image_url: 'data:' }])]],
    { ...said('[Image]'), title: null },
  ),
  setsNothing(
    'item_completed with anything else: nothing',
    () => [event('item_completed', { item: { type: 'AgentMessage', content: [{ type: 'text', text: 'no' }] } })],
    false,
  ),

  check('task_started: recency, and at once', async ({ store }) => {
    const clock = new ManualClock(new Date('2099-01-02T03:04:05.678Z'));
    const live = await createLive(store, { clock });
    await live.append([remark()]);
    const before = await live.readThread();
    clock.advance(1_000);
    await live.append([event('task_started', { turn_id: 't' })]);
    assert.deepEqual((await live.readThread()).recencyAt, clock.now());
    assert.ok(before.recencyAt < clock.now());
    clock.advance(1_000);
    await live.append([userSays('no recency')]);
    assert.ok((await live.readThread()).recencyAt < clock.now());
  }),

  setsNothing(
    'everything else: nothing',
    () => [event('task_complete', { turn_id: 't' }), '{"type":"compacted"}'],
    false,
  ),
);
