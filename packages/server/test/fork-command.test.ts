import { describe, expect, test } from 'vitest';
import { run, type Output } from './support/fake-terminal.ts';
import { rollout } from './support/rollouts.ts';
import { served, type Served } from './support/served.ts';

const threadstore = (one: Served, ...args: string[]): Promise<Output> =>
  run(args, { THREADSTORE_ENDPOINT: one.endpoint });

const { path, threadId: source } = rollout('a');
const newId = '0191a000-7777-7000-8000-00000000000f';

/** A service with one thread, a recorded session. */
async function withSession(): Promise<Served> {
  const one = await served();
  expect(await threadstore(one, 'import', path)).toMatchObject({ exitCode: 0 });
  return one;
}

async function itemsOf(one: Served, threadId: string): Promise<readonly string[]> {
  return (await one.store.loadHistory({ threadId })).items;
}

describe('fork', () => {
  test('prints the id of a copy that nobody holds', async () => {
    await using one = await withSession();
    const { exitCode, stdout, stderr } = await threadstore(one, 'fork', source);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    const threadId = stdout.trim();
    expect(await itemsOf(one, threadId)).toEqual(await itemsOf(one, source));
    expect(await one.store.readThread({ threadId })).toMatchObject({ forkedFromId: source, lease: null });
  });

  test('ends where it is told to', async () => {
    await using one = await withSession();
    const all = await itemsOf(one, source);
    const { turns } = await one.store.listTurns({ threadId: source, sortDirection: 'asc' });
    const second = turns[1];
    expect(second).toBeDefined();
    const start = Number(second?.firstOrdinal);
    const cuts: readonly (readonly [count: number, ...args: string[]])[] = [
      [7, '--before-ordinal', '7'],
      [all.length, '--before-ordinal', '100000'],
      [start, '--before-turn', second?.turnId ?? ''],
      [start, '--through-turn', turns[0]?.turnId ?? ''],
      [all.length, '--before-user-message', '100'],
    ];
    for (const [count, ...args] of cuts) {
      const { stdout } = await threadstore(one, 'fork', ...args, source);
      expect({ args, items: await itemsOf(one, stdout.trim()) }).toEqual({ args, items: all.slice(0, count) });
    }
    const { stdout } = await threadstore(one, 'fork', '--before-user-message', '1', source);
    const cut = await itemsOf(one, stdout.trim());
    expect(JSON.parse(all[cut.length] ?? '')).toMatchObject({ payload: { type: 'message', role: 'user' } });
    expect(cut.length).toBeGreaterThan(start);
  });

  test('takes the id that it is given, once', async () => {
    await using one = await withSession();
    const args = ['fork', '--new-id', newId, source];
    expect(await threadstore(one, ...args)).toEqual({ exitCode: 0, stdout: `${newId}\n`, stderr: '' });
    expect(await threadstore(one, ...args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `threadstore: thread ${newId}: exists already\n`,
    });
  });

  test('an archived thread, only when told so', async () => {
    await using one = await withSession();
    await one.store.archiveThread({ threadId: source });
    expect(await threadstore(one, 'fork', source)).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await threadstore(one, 'fork', '--include-archived', source)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.each([
    [2, ['--before-ordinal', '1', '--before-turn', 'x'], '--before-turn: not together with --before-ordinal'],
    [2, ['--before-user-message', '-1'], '--before-user-message: expected'],
    [1, ['--through-turn', 'none'], 'at.throughTurn: the thread shows no turn with this id'],
  ] as const)('exits with %i after %j', async (exitCode, args, message) => {
    await using one = await withSession();
    const failed = await threadstore(one, 'fork', ...args, source);
    expect(failed).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) as string });
    expect((await one.store.listThreads()).threads).toHaveLength(1);
  });
});
