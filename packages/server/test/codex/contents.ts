import { newThreadId } from '@threadstore/core';
import { expect, test } from 'vitest';
import { event, refusal, said, typesOf } from './codex-client.ts';
import type { Stores } from './life-cycle.ts';
import { replicas } from './replicas.ts';

const output = 'o'.repeat(12_000);

/** A turn as these clients send it: all of its events. */
const rawTurn = [
  event('session_configured', { session_id: 'x', model: 'm', model_provider_id: 'told', cwd: '/w' }),
  event('task_started', { turn_id: 't', model_context_window: null }),
  said('## My request for Codex:\n  list the files'),
  event('agent_message_content_delta', { delta: 'I ' }),
  event('exec_command_begin', { call_id: 'c' }),
  event('exec_command_end', {
    call_id: 'c',
    stdout: output,
    stderr: 'e',
    formatted_output: 'f',
    aggregated_output: output,
  }),
  event('of_a_later_release'),
  '{"type":"response_item","payload":{"type":"message","role":"assistant","content":[]}}',
  '{"type":"response_item","payload":{"type":"of_a_later_release"}}',
  '{ "type" : "event_msg", "payload": {"n": 1.50, "type": "token_count", "info": null, "rate_limits": null} }',
  event('warning', { message: 'w' }),
  event('task_complete', { turn_id: 't', last_agent_message: null }),
];

/** What is stored of a session, and what a client is given of a thread. */
export function contents(stores: Stores): void {
  test('of a raw stream what a limited session keeps is stored, exactly as it came', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    for (const item of rawTurn) await client.append(threadId, item);
    const items = await client.history(threadId);
    const kept = ['task_started', 'user_message', 'message', 'token_count', 'task_complete'];
    expect(typesOf(items)).toEqual(['session_meta', ...kept]);
    expect(items.slice(1)).toEqual(rawTurn.filter((item) => kept.includes(typesOf([item])[0] ?? '')));
  });

  test('an extended session keeps what tools did, shortened', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId, { eventPersistenceMode: 1 });
    await client.append(threadId, ...rawTurn);
    const items = await client.history(threadId);
    const kept = ['task_started', 'user_message', 'exec_command_end', 'message', 'token_count', 'task_complete'];
    expect(typesOf(items)).toEqual(['session_meta', ...kept]);
    expect(items[3]).toContain('chars truncated');
    expect(items[3]?.length).toBeLessThan(10_500);
    expect(await client.read(threadId, { includeHistory: true })).toMatchObject({
      history: { threadId, itemsJson: items },
    });
  });

  test('what some release can not parse is kept from all, and counted', async () => {
    await using served = await replicas(await stores());
    const { client, store, logged } = served;
    const threadId = newThreadId();
    const { epoch } = await store.createThread({ threadId, metadata: { cwd: '/w', cliVersion: '0.169.0' } });
    const readable = [
      said('hello'),
      '{"timestamp":"2026-01-01T00:00:00.000Z","ordinal":3,"type":"compacted","payload":{"message":"m"}}',
      '{"type":"response_item","payload":{"type":"of_a_later_release"}}',
      event('turn_aborted', { reason: 'interrupted' }),
      event('item_completed', { item: { type: 'Plan', id: 'p', text: 'x' } }),
    ];
    const unreadable = [
      '{"type":"world_state","payload":{}}',
      '{"type":"note"}',
      event('thread_settings_applied', { thread_settings: {} }),
      event('thread_goal_updated', { goal: {} }),
      event('thread_name_updated', { thread_name: 'x' }),
      event('turn_aborted', { reason: 'of_a_later_release' }),
      event('item_completed', { item: { type: 'UserMessage' } }),
      '{"type":"turn_context","payload":{"cwd":"/w","model":"m","approval_policy":"never","summary":"auto"}}',
    ];
    const items = [...unreadable.slice(0, 3), ...readable, ...unreadable.slice(3)];
    await store.appendItems({ threadId, epoch, sequence: 0n, items });
    const shown = await client.history(threadId);
    expect(shown.slice(1)).toEqual(readable);
    // Clients look for it first, and this thread has none.
    expect(JSON.parse(shown[0] ?? '')).toMatchObject({
      type: 'session_meta',
      payload: { id: threadId, cwd: '/w', cli_version: '0.169.0' },
    });
    expect(logged).toContainEqual(expect.objectContaining({ rpc: 'LoadHistory', withheld: 8, items: 6 }));
    expect(JSON.stringify(logged)).not.toContain('hello');
  });

  test('a history that is larger than a client can receive is refused by name, and not cut', async () => {
    await using served = await replicas(await stores());
    const { client } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    const large = said('x'.repeat(1_000_000));
    for (let n = 0; n < 4; n += 1) await client.append(threadId, large);
    expect(await client.history(threadId)).toHaveLength(5);
    await client.append(threadId, large);
    const tooLarge = { code: 'INVALID_ARGUMENT', text: expect.stringContaining('4 MiB') as string };
    expect(await refusal(client.history(threadId))).toEqual(tooLarge);
    expect(await refusal(client.read(threadId, { includeHistory: true }))).toEqual(tooLarge);
    expect(await client.read(threadId)).toMatchObject({ threadId });
  });

  test('requests of a whole history are taken', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const [threadId, forkId] = [newThreadId(), newThreadId()];
    await client.create(threadId);
    await client.append(threadId, said('x'));
    await client.call('shutdownThread', { threadId });
    const item = said('x'.repeat(10_000));
    const historyJson = Array.from({ length: 2_100 }, () => item);
    await client.call('resumeThread', { threadId, historyJson, hasHistory: true });
    await client.create(forkId, { forkedFromId: threadId });
    await client.append(forkId, ...historyJson);
    expect((await store.readThread({ threadId: forkId })).nextOrdinal).toBe(2_101n);
  });
}
