import { newThreadId, type ThreadStore } from '@threadstore/core';
import { expect, test } from 'vitest';
import { event, noRollout, notFound, payloadOf, refusal, said, typesOf } from './codex-client.ts';
import { replicas } from './replicas.ts';

export type Stores = (options?: {
  readonly leaseDurationMs?: number;
}) => Promise<readonly [ThreadStore, ...ThreadStore[]]>;

/** What a session calls, from its start to its end. */
export function lifeCycle(stores: Stores): void {
  test('a thread that was only created is not there, and leaves no trace', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    for (const end of ['shutdownThread', 'discardThread'] as const) {
      const threadId = newThreadId();
      await client.create(threadId);
      expect(await refusal(client.read(threadId))).toEqual(noRollout(threadId));
      // Codex tells by these words that the thread is a new one.
      expect(await refusal(client.history(threadId))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        text: expect.stringMatching(/^failed to resolve rollout path `/) as string,
      });
      expect(await client.ids()).toEqual([]);
      await client.call('flushThread', { threadId });
      await client.call(end, { threadId });
      expect(await refusal(client.read(threadId, { includeArchived: true }))).toEqual(noRollout(threadId));
      expect((await store.listThreads()).threads).toEqual([]);
      expect(await refusal(client.append(threadId, said('late')))).toEqual(notFound(threadId));
    }
  });

  test('a thread that was persisted is read, and not listed', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.call('persistThread', { threadId });
    await client.call('persistThread', { threadId });
    expect(await client.read(threadId)).toMatchObject({ threadId, preview: '', source: { kind: 1 } });
    expect(await client.ids()).toEqual([]);
    await client.call('shutdownThread', { threadId });
    expect(typesOf(await client.history(threadId))).toEqual(['session_meta']);
  });

  test('the first item of a history is a session_meta of its own', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const [threadId, parent, source] = [newThreadId(), newThreadId(), newThreadId()];
    const spawn = {
      kind: 8,
      subAgentParentThreadId: parent,
      subAgentDepth: 2,
      subAgentNickname: 'Kim',
      subAgentRole: 'scout',
    };
    const tool = '{"name":"t","description":"d","inputSchema":{"minimum":1.50}}';
    await client.create(threadId, {
      forkedFromId: source,
      source: spawn,
      dynamicToolsJson: [tool],
      metadataJson: '{"cwd":"/w","model_provider":"mock","memory_mode":"disabled"}',
    });
    const copied = JSON.stringify({
      type: 'session_meta',
      payload: {
        id: source,
        timestamp: '2020-01-01T00:00:00Z',
        cwd: '/other',
        originator: 'x',
        cli_version: '0',
        model_provider: 'other',
      },
    });
    await client.append(threadId, copied, said('hello'));
    const items = await client.history(threadId);
    expect(typesOf(items)).toEqual(['session_meta', 'session_meta', 'user_message']);
    expect(items[1]).toBe(copied);
    expect(items[0]).toContain(tool);
    expect(payloadOf(items[0])).toMatchObject({
      id: threadId,
      forked_from_id: source,
      cwd: '/w',
      model_provider: 'mock',
      memory_mode: 'disabled',
      agent_nickname: 'Kim',
      agent_role: 'scout',
      base_instructions: { text: 'be' },
      source: { subagent: { thread_spawn: { parent_thread_id: parent, depth: 2 } } },
    });
    expect(await client.read(threadId)).toMatchObject({
      forkedFromId: source,
      cwd: '/w',
      modelProvider: 'mock',
      source: spawn,
      agentNickname: 'Kim',
    });
    expect(await served.store.readThread({ threadId })).toMatchObject({
      parentThreadId: parent,
      memoryMode: 'disabled',
    });
  });

  test('calls without a live writer find no thread', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    expect(await refusal(client.append(threadId, said('x')))).toEqual(notFound(threadId));
    await client.create(threadId);
    await client.append(threadId, said('x'));
    await client.append(threadId);
    await client.call('shutdownThread', { threadId });
    for (const rpc of ['persistThread', 'flushThread', 'shutdownThread', 'discardThread'] as const) {
      expect({ rpc, ...(await refusal(client.call(rpc, { threadId }))) }).toEqual({ rpc, ...notFound(threadId) });
    }
    expect(await refusal(client.append(threadId))).toEqual(notFound(threadId));
    expect(await refusal(client.append('not-an-id'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a second writer is a conflict while the first is alive', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, said('x'));
    expect(await refusal(client.create(threadId))).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await refusal(client.call('resumeThread', { threadId }))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    await client.call('discardThread', { threadId });
    expect(typesOf(await client.history(threadId))).toEqual(['session_meta', 'user_message']);
    expect(await refusal(client.append(threadId, said('y')))).toEqual(notFound(threadId));
  });

  test('a resume changes nothing, and its history is not appended', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, said('x'));
    await client.call('shutdownThread', { threadId });
    const before = await store.readThread({ threadId });
    const historyJson = await client.history(threadId);
    await client.call('resumeThread', { threadId, historyJson, hasHistory: true, eventPersistenceMode: 1 });
    await client.call('shutdownThread', { threadId });
    expect(await store.readThread({ threadId })).toEqual({ ...before, epoch: before.epoch + 1n, nextSequence: 0n });
    await client.call('resumeThread', { threadId, eventPersistenceMode: 1 });
    await client.append(threadId, event('error', { message: 'of extended sessions' }));
    expect(typesOf(await client.history(threadId))).toEqual(['session_meta', 'user_message', 'error']);
  });

  test('a writer that was idle for longer than its lease goes on, until somebody takes over', async () => {
    await using served = await replicas(await stores({ leaseDurationMs: 100 }));
    const { client, store } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, said('x'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await client.append(threadId, said('y'));
    await store.resumeThread({ threadId, takeover: 'steal' });
    expect(await refusal(client.append(threadId, said('z')))).toEqual(notFound(threadId));
    expect(typesOf(await client.history(threadId))).toEqual(['session_meta', 'user_message', 'user_message']);
  });

  test('appends at the same time are all stored, each once, equal ones too', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await Promise.all(Array.from({ length: 12 }, () => client.append(threadId, said('same'), said('same'))));
    expect((await client.history(threadId)).filter((item) => item === said('same'))).toHaveLength(24);
  });
}
