import { newThreadId } from '@threadstore/core';
import { expect, test } from 'vitest';
import { event, noRollout, notFound, refusal, said } from './codex-client.ts';
import type { Stores } from './life-cycle.ts';
import { replicas } from './replicas.ts';

const context = JSON.stringify({
  type: 'turn_context',
  payload: {
    cwd: '/from/turn',
    model: 'm1',
    effort: 'high',
    approval_policy: 'never',
    sandbox_policy: { type: 'read-only' },
    summary: 'auto',
  },
});
const usage = {
  input_tokens: 1,
  cached_input_tokens: 2,
  output_tokens: 3,
  reasoning_output_tokens: 4,
  total_tokens: 5,
};

/** Metadata that follows from items, and what people set. */
export function metadata(stores: Stores): void {
  test('metadata follows from the items, though the client derives none', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, event('session_configured', { model_provider_id: 'told', cwd: '/w' }));
    await client.append(threadId, context);
    await client.append(
      threadId,
      said('## My request for Codex:\n  list the files'),
      event('token_count', { info: { total_token_usage: usage } }),
    );
    await client.append(threadId, said('and now?'));
    const thread = await client.read(threadId);
    expect(thread).toMatchObject({
      preview: 'list the files',
      firstUserMessage: 'list the files',
      modelProvider: 'told',
      model: 'm1',
      reasoningEffort: 'high',
      // The folder of the session, whatever its turns say.
      cwd: '/w',
      approvalModeJson: '"never"',
      sandboxPolicyJson: '{"type":"read-only"}',
    });
    expect(JSON.parse(thread['tokenUsageJson'] as string)).toEqual(usage);
    // Absent, not empty.
    for (const field of ['name', 'gitInfo', 'archivedAt', 'forkedFromId', 'agentRole', 'threadSource']) {
      expect(thread[field]).toBeUndefined();
    }
    const seconds = Date.now() / 1_000;
    expect(Number(thread['createdAt'])).toBeGreaterThan(seconds - 60);
    expect(Number(thread['updatedAt'])).toBeLessThanOrEqual(seconds + 1);
  });

  test('a known directory stays, and a picture shows as one', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId, { metadataJson: '{"cwd":"/known","model_provider":"p","memory_mode":"enabled"}' });
    await client.append(threadId, context, event('user_message', { message: '', images: ['data:'], local_images: [] }));
    expect(await client.read(threadId)).toMatchObject({ cwd: '/known', preview: '[Image]' });
    await client.append(threadId, said('what is this?'));
    // The title that follows from the history is shown as a name when the preview does not say it.
    expect(await client.read(threadId)).toMatchObject({ preview: '[Image]', name: 'what is this?' });
  });

  test('names, memory mode and git are changed one by one', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, said('hello'));
    const update = async (patch: object, more: object = {}): Promise<unknown> =>
      (await client.call<{ thread: unknown }>('updateThreadMetadata', { threadId, patch, ...more })).thread;
    const before = await client.read(threadId);
    expect(await update({})).toEqual(before);
    expect(await update({ name: 'a name', memoryMode: 1 })).toMatchObject({ name: 'a name' });
    expect((await store.readThread({ threadId })).memoryMode).toBe('disabled');
    const set = (value: string): object => ({ kind: 2, value });
    await update({ gitInfo: { sha: set('s'), branch: set('b'), originUrl: set('u') } });
    expect(await update({ gitInfo: { branch: set('c'), sha: { kind: 1 }, originUrl: { kind: 0 } } })).toMatchObject({
      name: 'a name',
      gitInfo: { branch: 'c', originUrl: 'u' },
    });
    const cleared = (await update({ gitInfo: { branch: { kind: 1 }, originUrl: { kind: 1 } } })) as {
      gitInfo?: unknown;
    };
    expect(cleared.gitInfo).toBeUndefined();
    await client.append(threadId, said('a second message'));
    expect(await client.read(threadId)).toMatchObject({ name: 'a name', preview: 'hello' });
    expect(await update({ name: ' ' })).not.toHaveProperty('name', ' ');
    const unknown = newThreadId();
    expect(await refusal(client.call('updateThreadMetadata', { threadId: unknown, patch: {} }))).toEqual(
      notFound(unknown),
    );
  });

  test('a thread that is named before anything was said stays', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.call('updateThreadMetadata', { threadId, patch: { name: 'early' } });
    await client.call('shutdownThread', { threadId });
    expect(await client.read(threadId)).toMatchObject({ name: 'early', preview: '' });
  });

  test('the archive takes only what is not in it, and gives only what is', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    const archive = (): Promise<unknown> => client.call('archiveThread', { threadId });
    const unarchive = (): Promise<unknown> => client.call('unarchiveThread', { threadId });
    const missing = noRollout(threadId);
    const missingThere = { code: 'INVALID_ARGUMENT', text: `no archived rollout found for thread id ${threadId}` };
    expect(await refusal(archive())).toEqual(missing);
    expect(await refusal(unarchive())).toEqual(missingThere);
    await client.create(threadId);
    await client.append(threadId, said('hello'));
    expect(await refusal(unarchive())).toEqual(missingThere);
    expect(await refusal(archive())).toMatchObject({ code: 'FAILED_PRECONDITION' });
    await client.call('shutdownThread', { threadId });
    await archive();
    expect(await refusal(archive())).toEqual(missing);
    const archived = { code: 'INVALID_ARGUMENT', text: `thread ${threadId} is archived` };
    expect(await refusal(client.call('resumeThread', { threadId }))).toEqual(archived);
    expect(await refusal(client.read(threadId))).toEqual(missing);
    expect(await refusal(client.history(threadId))).toEqual(missing);
    const named = client.call('updateThreadMetadata', { threadId, patch: { name: 'x' } });
    expect(await refusal(named)).toEqual(notFound(threadId));
    expect(await client.read(threadId, { includeArchived: true })).toMatchObject({
      archivedAt: expect.any(BigInt) as bigint,
    });
    expect([await client.ids(), await client.ids({ archived: true })]).toEqual([[], [threadId]]);
    await client.call('resumeThread', { threadId, includeArchived: true });
    await client.call('shutdownThread', { threadId });
    const { thread } = (await unarchive()) as { thread: { archivedAt?: bigint; rolloutPath?: string } };
    expect(thread.archivedAt).toBeUndefined();
    // Clients take a thread without a path for none, in some answers.
    expect(thread.rolloutPath).toBe(`threadstore/${threadId}`);
    expect((await client.list()).threads).toMatchObject([{ rolloutPath: `threadstore/${threadId}` }]);
    expect(await client.ids()).toEqual([threadId]);
  });
}
