import { LiveThread, newThreadId } from '@threadstore/core';
import { expect, test } from 'vitest';
import { event, refusal, said, typesOf } from './codex-client.ts';
import type { Stores } from './life-cycle.ts';
import { replicas } from './replicas.ts';

/** Threads of Codex are threads as any other, and others are threads for Codex. */
export function bothWays(stores: Stores): void {
  test('what a Codex writes has turns, is found, and goes on with a native client', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    const turn = [
      event('task_started', { turn_id: 't1', model_context_window: null }),
      said('where is the needle?'),
      event('agent_message', { message: 'in the haystack', phase: null, memory_citation: null }),
      event('task_complete', { turn_id: 't1', last_agent_message: 'in the haystack' }),
    ];
    for (const item of turn) await client.append(threadId, item);
    const { turns } = await store.listTurns({ threadId });
    expect(turns.map(({ turnId, status }) => [turnId, status])).toEqual([['t1', 'completed']]);
    const { hits } = await store.searchThreads({ searchTerm: 'haystack' });
    expect(hits.map(({ thread }) => thread.threadId)).toEqual([threadId]);
    expect((await store.readThread({ threadId })).lease?.holder).toBe('codex (limited, new)');
    await client.call('shutdownThread', { threadId });

    const live = await LiveThread.resume(store, { threadId }, { gitInfo: null });
    await live.append([said('and the thread?')]);
    expect(await refusal(client.append(threadId, said('not mine')))).toMatchObject({ code: 'NOT_FOUND' });
    await live.shutdown();
    await client.call('resumeThread', { threadId });
    await client.append(threadId, said('here'));
    const items = await client.history(threadId);
    expect(typesOf(items)).toEqual(['session_meta', ...typesOf(turn), 'user_message', 'user_message']);
    expect((await store.loadHistory({ threadId })).items).toEqual(items);
  });

  test('a native thread is listed, read and gone on with by a Codex', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const live = await LiveThread.create(store, { metadata: { cwd: '/w', source: 'my agent' } }, { gitInfo: null });
    const { threadId } = live;
    await live.append([{ type: 'my_own', payload: 1 }, said('hello from elsewhere')]);
    expect(await refusal(client.call('resumeThread', { threadId }))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    await live.shutdown();
    expect(await client.ids()).toEqual([threadId]);
    expect(typesOf(await client.history(threadId))).toEqual(['session_meta', 'user_message']);
    await client.call('resumeThread', { threadId });
    await client.append(threadId, said('and from Codex'));
    expect(await client.read(threadId)).toMatchObject({ preview: 'hello from elsewhere' });
    expect((await store.readThread({ threadId })).nextOrdinal).toBe(3n);
  });
}
