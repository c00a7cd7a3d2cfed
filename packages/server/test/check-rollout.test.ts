import { defaultLimits } from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { checkRollout } from '../src/cli/import/check-rollout.ts';
import { LineFault } from '../src/cli/import/line-fault.ts';
import { rollout, ScratchFolder } from './support/rollouts.ts';

const noProgress = (): void => undefined;
const check = (path: string): ReturnType<typeof checkRollout> => checkRollout(path, defaultLimits, noProgress);
const threadId = '0191a000-7777-7000-8000-000000000001';
const meta = (more: object = {}): string =>
  JSON.stringify({ type: 'session_meta', payload: { id: threadId, ...more } });
const event = (payload: object): string => JSON.stringify({ type: 'event_msg', payload });

/** What the first line says by saying nothing. */
const noAgent = { threadSource: null, agentNickname: null, agentRole: null, agentPath: null };

async function patchOf(...lines: string[]): Promise<unknown> {
  await using folder = await ScratchFolder.create();
  const { metadata } = await check(await folder.write('x.jsonl', `${lines.join('\n')}\n`));
  return metadata.patch;
}

describe('what a rollout says about its thread', () => {
  test('a session with turns, a shell call, a rollback and git', async () => {
    const { threadId: id, metadata, items } = await check(rollout('a').path);
    expect(id).toBe(rollout('a').threadId);
    expect(items).toBe(45);
    expect(metadata).toEqual({
      forkedFromId: null,
      parentThreadId: null,
      sessionId: null,
      originator: 'shed',
      patch: {
        createdAt: new Date('2026-02-03T10:15:30.000Z'),
        updatedAt: new Date('2026-02-03T10:15:30.315Z'),
        advanceRecencyAt: new Date('2026-02-03T10:15:30.315Z'),
        source: 'vscode',
        ...noAgent,
        modelProvider: 'sundial',
        cliVersion: '0.129.0',
        cwd: '/srv/garden',
        model: 'spade-2',
        reasoningEffort: 'medium',
        approvalMode: 'never',
        sandboxPolicy: {
          type: 'workspace-write',
          writable_roots: ['/srv/garden'],
          network_access: false,
          exclude_tmpdir_env_var: false,
          exclude_slash_tmp: false,
        },
        firstUserMessage: 'which beds want water?',
        preview: 'which beds want water?',
        title: 'which beds want water?',
        memoryMode: 'disabled',
        gitInfo: { commitHash: 'b10550', branch: 'spring', repositoryUrl: 'https://example.test/garden.git' },
        tokenUsage: {
          inputTokens: 240,
          cachedInputTokens: 0,
          outputTokens: 42,
          reasoningOutputTokens: 0,
          totalTokens: 282,
        },
      },
    });
  });

  test('a fork is its own thread, and what it copied of the other says nothing', async () => {
    const { threadId: id, metadata } = await check(rollout('b').path);
    expect(id).toBe(rollout('b').threadId);
    expect(metadata).toMatchObject({ forkedFromId: rollout('a').threadId });
    expect(metadata.patch).not.toHaveProperty('gitInfo');
    expect(metadata.patch).not.toHaveProperty('memoryMode');
    expect(metadata.patch.createdAt).toEqual(new Date('2026-02-03T10:15:39.000Z'));
  });

  test('a newer session: user messages as items, a spawned agent', async () => {
    const { metadata } = await check(rollout('c').path);
    expect(metadata).toMatchObject({
      parentThreadId: rollout('a').threadId,
      sessionId: rollout('c').threadId,
      patch: {
        source: { subagent: { thread_spawn: { agent_nickname: 'Pomona' } } },
        agentNickname: 'Pomona',
        agentRole: 'picker',
        model: 'ladder-3',
        approvalMode: 'never',
        title: 'how many apples fell?',
        tokenUsage: { totalTokens: 130 },
      },
    });
    expect((await check(rollout('d').path)).metadata).toMatchObject({ forkedFromId: rollout('c').threadId });
  });

  test('without a session_meta the id is in the name, and texts are made fit to be stored', async () => {
    const { threadId: id, metadata } = await check(rollout('e').path);
    expect(id).toBe(rollout('e').threadId);
    expect(metadata.patch).toEqual({
      createdAt: new Date('2026-02-03T09:16:00.500Z'),
      updatedAt: new Date('2026-02-03T09:16:00.500Z'),
      advanceRecencyAt: new Date('2026-02-03T09:16:00.500Z'),
      firstUserMessage: 'nul \uFFFD and half \uFFFD a pair',
      preview: 'nul \uFFFD and half \uFFFD a pair',
      title: 'nul \uFFFD and half \uFFFD a pair',
    });
  });

  test('a picture without words is a preview but no title', async () => {
    expect(
      await patchOf(
        meta(),
        event({ type: 'user_message', message: ' ', images: ['x'] }),
        event({ type: 'user_message', message: 'words' }),
      ),
    ).toMatchObject({ preview: '[Image]', firstUserMessage: '[Image]', title: 'words' });
  });

  test('a name that was given, the role by its older key, the source by its default', async () => {
    expect(
      await patchOf(
        meta({ agent_type: 'worker' }),
        event({ type: 'thread_name_updated', thread_name: 'x'.repeat(2_000) }),
      ),
    ).toEqual({
      source: 'vscode',
      ...noAgent,
      agentRole: 'worker',
      name: 'x'.repeat(defaultLimits.nameBytesMax),
    });
  });

  test.each([
    [{ source: 7, cwd: 7, git: 'main', cli_version: null, memory_mode: 'sometimes' }, { source: 'unknown' }],
    [{ source: '{x', model_provider: '' }, { source: 'unknown' }],
    [{ source: { a: 'x'.repeat(70_000) } }, { source: 'unknown' }],
    [{ source: ['cli'], forked_from_id: 'x', parent_thread_id: 7 }, { source: 'unknown' }],
    [{ git: { branch: '' } }, { source: 'vscode' }],
  ])('members of the wrong form are left out: %j', async (more, patch) => {
    expect(await patchOf(meta(more))).toEqual({ ...noAgent, ...patch });
  });

  test.each([
    { type: 'token_count', info: { total_token_usage: { input_tokens: -1 } } },
    { type: 'token_count', info: null },
    { type: 'item_completed', item: { type: 'UserMessage', content: 'x' } },
    { type: 'item_completed', item: null },
    { type: 'user_message' },
    null,
  ])('events of the wrong form are left out: %j', async (payload) => {
    expect(await patchOf(meta(), JSON.stringify({ type: 'event_msg', payload }))).toEqual({
      source: 'vscode',
      ...noAgent,
    });
  });
});

describe('files that are refused', () => {
  test.each([
    ['a line that is no JSON', [meta(), '{"type":"a"'], 2, /not valid JSON at offset 11/],
    ['an empty line', [meta(), '', meta()], 2, /not valid JSON at offset 0/],
    ['a list', ['[]'], 1, /must be a JSON object/],
    ['no type', ['{"id":"x"}'], 1, /"type"/],
    ['an id that is none', [JSON.stringify({ type: 'session_meta', payload: { id: 'x' } })], 1, /payload\.id/],
    ['too deep', [meta(), `{"type":"a","x":${'['.repeat(128)}${']'.repeat(128)}}`], 2, /nested too deep/],
    ['a byte order mark', [`\uFEFF${meta()}`], 1, /not valid JSON at offset 0/],
  ])('%s', async (_what, lines, line, message) => {
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.jsonl', lines.join('\n'));
    const fault: unknown = await check(path).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(LineFault);
    expect(fault).toMatchObject({ line, message: expect.stringMatching(message) as string });
  });

  test('bytes that are no UTF-8, and a line over the limit', async () => {
    await using folder = await ScratchFolder.create();
    const bytes = Buffer.concat([Buffer.from(`${meta()}\n{"type":"`), Buffer.from([0xff]), Buffer.from('"}\n')]);
    await expect(check(await folder.write('a.jsonl', bytes))).rejects.toMatchObject({
      line: 2,
      message: 'not valid UTF-8',
    });
    const long = await folder.write('b.jsonl', `${meta()}\n${JSON.stringify({ type: 'x'.repeat(2_000) })}`);
    const limits = { ...defaultLimits, itemBytesMax: 1_024 };
    await expect(checkRollout(long, limits, noProgress)).rejects.toMatchObject({
      line: 2,
      message: /itemBytesMax 1024/,
    });
  });

  test('a file without lines, one without an id, a folder, none', async () => {
    await using folder = await ScratchFolder.create();
    await expect(check(await folder.write('a.jsonl', ''))).rejects.toThrow('is empty');
    await expect(check(await folder.write('b.jsonl', '{"type":"a"}'))).rejects.toThrow('no thread id');
    await expect(check(folder.path)).rejects.toThrow('is a directory');
    await expect(check(`${folder.path}/nothing`)).rejects.toThrow('ENOENT');
  });

  test('what is good: a last line without its end, lines that end like those of Windows', async () => {
    await using folder = await ScratchFolder.create();
    const content = `${meta()}\r\n{"type":"last"}`;
    const checked = await check(await folder.write('x.jsonl', content));
    expect(checked).toMatchObject({ items: 2, bytes: Buffer.byteLength(content) });
  });

  test('progress adds up to the bytes of the file', async () => {
    let bytes = 0;
    const checked = await checkRollout(rollout('a').path, defaultLimits, (more) => (bytes += more));
    expect(bytes).toBe(checked.bytes);
  });
});
