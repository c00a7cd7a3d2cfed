import { RemoteThreadStore } from '@threadstore/client';
import { describe, expect, test } from 'vitest';
import { backends } from './support/backends.ts';
import { threadstore, type CommandResult } from './support/commands.ts';
import { rolloutFolder, rollouts } from './support/rollouts.ts';

const id = '0191a000-9999-7000-8000-000000000002';
const event = (payload: object): string => JSON.stringify({ type: 'event_msg', payload });
const turn = (name: string, said: string): readonly string[] => [
  event({ type: 'task_started', turn_id: name }),
  event({ type: 'user_message', message: said }),
  event({ type: 'agent_message', message: `${said} is done`, phase: 'final_answer' }),
  event({ type: 'task_complete', turn_id: name }),
];

type Env = Readonly<Record<string, string>>;

/** What people see of a thread's turns and of a search in it. */
async function shown(env: Env): Promise<readonly CommandResult[]> {
  const results = [];
  for (const { threadId } of rollouts) results.push(await threadstore(['turns', '--json', threadId], env));
  results.push(await threadstore(['turns', '--json', '--view', 'full', '--asc', id], env));
  results.push(await threadstore(['items', '--json', '--desc', id], env));
  results.push(await threadstore(['search', '--json', '--sort', 'created', 'water'], env));
  for (const result of results) expect(result).toMatchObject({ code: 0, stderr: '' });
  return results;
}

describe.each(backends)('turns, items and search in $backend', ({ create }) => {
  test('the same with indexes made on append, on reading and anew; after kill -9, too', async () => {
    await using backend = await create();
    await using first = await backend.start();
    const env = { THREADSTORE_ENDPOINT: first.endpoint };
    expect(await threadstore(['import', rolloutFolder], env)).toMatchObject({ code: 0 });
    await using store = new RemoteThreadStore({ endpoint: first.endpoint });
    const { epoch } = await store.createThread({ threadId: id });
    const items = [...turn('one', 'water the roses'), ...turn('two', 'burn the roses')];
    await store.appendItems({ threadId: id, epoch, sequence: 0n, items });
    const rollback = [event({ type: 'thread_rolled_back', num_turns: 1 }), ...turn('three', 'water the beans')];
    await store.appendItems({ threadId: id, epoch, sequence: 1n, items: rollback });
    await store.shutdownThread({ threadId: id, epoch });
    const before = await shown(env);
    const { turns } = await store.listTurns({ threadId: id, sortDirection: 'asc' });
    expect(turns.map(({ turnId }) => turnId)).toEqual(['one', 'three']);
    expect((await store.searchThreads({ searchTerm: 'burn' })).hits).toEqual([]);
    const people = await threadstore(['turns', id], env);
    expect(people.stdout).toMatch(/^three +9 +completed +water the beans → water the beans is done$/m);

    first.kill('SIGKILL');
    await first.ended;
    const reindexed = await threadstore(['reindex'], backend.env);
    expect(reindexed).toMatchObject({ code: 0, stderr: '' });
    expect(reindexed.stdout).toMatch(/: 6 threads, 149 items\n$/);
    expect(await threadstore(['reindex', '--thread', id], backend.env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 1 threads, 13 items\n$/) as string,
    });
    const absent = id.replace('9999', '8888');
    const refused = await threadstore(['reindex', '--thread', absent], backend.env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(absent);

    await using second = await backend.start('--no-index-on-append');
    const after = { THREADSTORE_ENDPOINT: second.endpoint };
    expect(await shown(after)).toEqual(before);
    await using late = new RemoteThreadStore({ endpoint: second.endpoint });
    const writer = await late.resumeThread({ threadId: id });
    await late.appendItems({ ...writer, sequence: 0n, items: turn('four', 'water the can') });
    expect((await late.listTurns({ threadId: id })).turns[0]).toMatchObject({ turnId: 'four', status: 'completed' });
    expect((await late.searchThreads({ searchTerm: 'the can' })).hits).toMatchObject([{ ordinal: 15n }]);
  });
});
