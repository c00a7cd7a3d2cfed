import assert from 'node:assert/strict';
import { keepEverything } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { event, userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { goal, metaOf, remark, turnContext } from './live-items.ts';
import { createLive, restOf, Told } from './live-support.ts';

const malformed: readonly string[] = [
  '{"type":"session_meta"}',
  '{"type":"session_meta","payload":7}',
  '{"type":"session_meta","payload":{}}',
  '{"type":"session_meta","payload":{"id":7}}',
  '{"type":"turn_context","payload":[]}',
  turnContext({ cwd: 7, model: ['m'], approval_policy: null }),
  '{"type":"event_msg","payload":null}',
  event('user_message'),
  event('user_message', { message: 7, images: 'many' }),
  event('user_message', { message: '   ', images: [] }),
  event('token_count', { info: { total_token_usage: { input_tokens: 1 } } }),
  event('token_count', { info: { total_token_usage: 7 } }),
  event('token_count', {
    info: {
      total_token_usage: {
        input_tokens: -1,
        cached_input_tokens: 0.5,
        output_tokens: 1,
        reasoning_output_tokens: 1,
        total_tokens: 1e300,
      },
    },
  }),
  event('thread_goal_updated'),
  goal(7),
  event('thread_settings_applied'),
  event('thread_settings_applied', { thread_settings: 'none' }),
  event('item_completed', { item: 'UserMessage' }),
  event('item_completed', { item: { type: 'UserMessage', content: 'text' } }),
  event('item_completed', { item: { type: 'UserMessage', content: [] } }),
  '{"type":"event_msg","payload":{"type":["user_message"],"message":"no"}}',
];

export const liveMetadataFaultsChapter = chapter(
  'LiveThread: items that say something wrong',

  check('payloads of a wrong form set nothing, and are stored', async ({ store }) => {
    const told = new Told();
    const live = await createLive(store, { policy: keepEverything, ...told.settings });
    await live.append([remark()]);
    const before = await live.readThread();
    for (const item of malformed) await live.append([item]);
    await live.append(malformed);
    const after = await live.readThread();
    assert.deepEqual(restOf(after), restOf(before));
    assert.equal(after.nextOrdinal, BigInt(1 + 2 * malformed.length));
    assert.deepEqual(told.warnings, []);
  }),

  check('a session_meta with members of a wrong form sets the others', async ({ store }) => {
    const told = new Told();
    const live = await createLive(store, told.settings);
    const fields = { source: 7, cwd: ['/w'], git: { branch: 7, commit_hash: 'abc' }, memory_mode: 'sometimes' };
    await live.append([metaOf(live.threadId, { ...fields, cli_version: '1.2' })]);
    const expected = {
      source: 'unknown',
      cwd: '',
      cliVersion: '1.2',
      memoryMode: 'enabled',
      gitInfo: { commitHash: 'abc', branch: null, repositoryUrl: null },
    } as const;
    assert.deepEqual(pick(await live.readThread(), expected), expected);
    assert.deepEqual(told.warnings, []);
  }),

  checkWith(
    { limits: { metadataValueBytesMax: 100 } },
    'texts are cut to the limits, at a character',
    async (fixture) => {
      const { store, limits } = fixture;
      const told = new Told();
      const live = await createLive(store, { ...told.settings, limits });
      await live.append([
        userSays(`x${'🏮'.repeat(100)}`),
        turnContext({ model: 'ż'.repeat(80), cwd: `/${'w'.repeat(200)}` }),
      ]);
      const thread = await live.readThread();
      assert.equal(thread.title, `x${'🏮'.repeat(24)}`);
      assert.equal(thread.preview, thread.title);
      assert.equal(thread.firstUserMessage, thread.title);
      assert.equal(thread.model, 'ż'.repeat(50));
      assert.equal(thread.cwd, `/${'w'.repeat(99)}`);
      assert.deepEqual(told.warnings, []);
    },
  ),

  checkWith(
    { limits: { metadataValueBytesMax: 100 } },
    'structured values over the limits are left out',
    async (fixture) => {
      const { store, limits } = fixture;
      const told = new Told();
      const live = await createLive(store, { ...told.settings, limits });
      const sandbox_policy = { writable_roots: Array.from({ length: 30 }, (_, n) => `/root/${n}`) };
      await live.append([turnContext({ model: 'm', sandbox_policy })]);
      const expected = { model: 'm', sandboxPolicy: null };
      assert.deepEqual(pick(await live.readThread(), expected), expected);
      assert.deepEqual(told.warnings, []);
    },
  ),

  check('characters that no store of text can keep are replaced', async ({ store }) => {
    const told = new Told();
    const live = await createLive(store, told.settings);
    await live.append([userSays('nul \0 and \ud83c half')]);
    assert.equal((await live.readThread()).title, 'nul \ufffd and \ufffd half');
    assert.deepEqual(told.warnings, []);
  }),
);
