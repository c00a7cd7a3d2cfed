import { describe, expect, test } from 'vitest';
import { run, type Output } from './support/fake-terminal.ts';
import { rollout } from './support/rollouts.ts';
import { served, type Served } from './support/served.ts';

const threadstore = (one: Served, ...args: string[]): Promise<Output> =>
  run(args, { THREADSTORE_ENDPOINT: one.endpoint });

const id = '0191a000-7777-7000-8000-000000000001';
const event = (payload: object): string => JSON.stringify({ type: 'event_msg', payload });

/** A thread of so many turns of four items each, what is said in them hostile to terminals. */
async function withTurns(one: Served, count: number): Promise<void> {
  const { epoch } = await one.store.createThread({ threadId: id, metadata: { name: 'beds\u001b[2J' } });
  for (let turn = 1; turn <= count; turn += 1) {
    const items = [
      event({ type: 'task_started', turn_id: `turn-${turn}`, started_at: 1_770_000_000 + turn }),
      event({ type: 'user_message', message: `water bed ${turn}\u001b[31m\nplease` }),
      event({ type: 'agent_message', message: `bed ${turn} has water`, phase: 'final_answer' }),
      event({ type: 'task_complete', turn_id: `turn-${turn}`, duration_ms: 1_500 }),
    ];
    await one.store.appendItems({ threadId: id, epoch, sequence: BigInt(turn - 1), items });
  }
}

const parsed = (output: Output): readonly Record<string, unknown>[] => {
  expect(output).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = output.stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('turns', () => {
  test('a table that fits, the latest turn first, without power over the terminal', async () => {
    await using one = await served();
    await withTurns(one, 3);
    const { exitCode, stdout, stderr } = await threadstore(one, 'turns', id);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^TURN +FROM ITEM +STATUS +STARTED \(UTC\) +SECONDS +SAID$/) as string,
      expect.stringMatching(
        /^turn-3 +8 +completed +2026-02-02 02:40:03 +1\.5 +water bed 3\\x1b\[31m please → bed 3 has water$/,
      ) as string,
      expect.stringMatching(/^turn-2 +4 +completed /) as string,
      expect.stringMatching(/^turn-1 +0 +completed /) as string,
      '',
    ]);
    const narrow = await run(['turns', id], { THREADSTORE_ENDPOINT: one.endpoint }, 60);
    for (const line of narrow.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  test('messages that stand in completed items are shown, too; ids are whole', async () => {
    await using one = await served();
    await threadstore(one, 'import', rollout('c').path);
    const { stdout } = await run(['turns', rollout('c').threadId], { THREADSTORE_ENDPOINT: one.endpoint }, 80);
    expect(stdout).toMatch(/^0191a000-5555-7000-8000-000000000001 +1 +completed +how many apples fel…$/m);
  });

  test('a part of them, and on from there', async () => {
    await using one = await served({ limits: { pageSizeMax: 2 } });
    await withTurns(one, 5);
    const first = await threadstore(one, 'turns', '--limit', '3', '--asc', id);
    expect(first.stdout.match(/^turn-\d/gm)).toEqual(['turn-1', 'turn-2', 'turn-3']);
    const [, cursor = ''] = /^more: --cursor (\S+)$/m.exec(first.stdout) ?? [];
    const rest = await threadstore(one, 'turns', '--asc', '--cursor', cursor, id);
    expect(rest.stdout.match(/^turn-\d/gm)).toEqual(['turn-4', 'turn-5']);
    expect(rest.stdout).not.toContain('more:');
  });

  test('--json: a page a line, with its cursors and as many items as asked for', async () => {
    await using one = await served({ limits: { pageSizeMax: 2 } });
    await withTurns(one, 3);
    const pages = parsed(await threadstore(one, 'turns', '--json', '--view', 'full', '--limit', '0', id));
    expect(pages).toHaveLength(2);
    const direct = await one.store.listTurns({ threadId: id, itemsView: 'full', pageSize: 2 });
    expect(pages[0]).toEqual(JSON.parse(JSON.stringify(direct, (_key, value: unknown) => plain(value))));
    expect(pages[1]).toMatchObject({ nextCursor: null, turns: [{ turnId: 'turn-1', firstOrdinal: 0 }] });
    const [bare] = parsed(await threadstore(one, 'turns', '--json', '--view', 'notLoaded', id));
    expect(bare?.['turns']).toMatchObject([{ items: [] }, { items: [] }]);
  });

  test('an archived thread only when it is asked for; one without turns', async () => {
    await using one = await served();
    const { epoch } = await one.store.createThread({ threadId: id });
    await one.store.appendItems({ threadId: id, epoch, sequence: 0n, items: ['{"type":"note"}'] });
    await one.store.archiveThread({ threadId: id, epoch });
    for (const command of ['turns', 'items']) {
      expect((await threadstore(one, command, id)).stderr).toContain('archived');
    }
    expect((await threadstore(one, 'turns', '--include-archived', id)).stdout).toBe('no turns\n');
    expect((await threadstore(one, 'items', '--include-archived', id)).stdout).toMatch(/^ +0 +note +15$/m);
  });
});

describe('items', () => {
  test('a table: the turn, the kind and what is said', async () => {
    await using one = await served();
    await withTurns(one, 1);
    const { stdout } = await threadstore(one, 'items', id);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^ITEM +TURN +KIND +BYTES +SAID$/) as string,
      expect.stringMatching(/^ +0 +turn-1 +event_msg \/ task_started +\d+$/) as string,
      expect.stringMatching(/^ +1 +turn-1 +event_msg \/ user_message +\d+ +water bed 1\\x1b\[31m please$/) as string,
    ]);
    expect((await threadstore(one, 'items', '--turn', 'no such turn', id)).stdout).toBe('no items\n');
  });

  test('of a thread from its end, of one turn, page by page, each to the letter', async () => {
    await using one = await served({ limits: { pageSizeMax: 3 } });
    await withTurns(one, 2);
    const latest = await threadstore(one, 'items', '--desc', '--limit', '2', id);
    expect(latest.stdout.match(/^ +\d+/gm)?.map(Number)).toEqual([7, 6]);
    expect(latest.stdout).toMatch(/\nmore: --cursor \S+\n$/);
    const pages = parsed(await threadstore(one, 'items', '--json', '--turn', 'turn-2', '--limit', '0', id));
    const items = pages.flatMap((page) => page['items'] as readonly { ordinal: number; json: string }[]);
    expect(items.map(({ ordinal }) => ordinal)).toEqual([4, 5, 6, 7]);
    const { items: texts } = await one.store.loadHistory({ threadId: id });
    expect(items.map(({ json }) => json)).toEqual(texts.slice(4));
  });

  test('a cursor of another thread is refused', async () => {
    await using one = await served();
    await withTurns(one, 1);
    const { backwardsCursor } = await one.store.listItems({ threadId: id, pageSize: 1 });
    const refused = await threadstore(one, 'turns', '--cursor', backwardsCursor ?? '', id);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('cursor') as string });
  });
});

describe('search', () => {
  test('a table of threads with what matches, and the filters of list', async () => {
    await using one = await served();
    await withTurns(one, 2);
    await threadstore(one, 'import', rollout('c').path);
    const found = await threadstore(one, 'search', 'BED 2 has');
    expect(found).toMatchObject({ exitCode: 0, stderr: '' });
    expect(found.stdout).toMatch(
      new RegExp(String.raw`^THREAD .*\n${id}  \S+ \S+ +6 +beds\\x1b\[2J +bed 2 has water\n$`),
    );
    expect((await threadstore(one, 'search', 'apples fell')).stdout).toContain(rollout('c').threadId);
    expect((await threadstore(one, 'search', '--cwd', '/nowhere', 'apples fell')).stdout).toBe('no threads\n');
    expect((await threadstore(one, 'search', '--archived', 'bed')).stdout).toBe('no archived threads\n');
    expect((await threadstore(one, 'search', '12 apples')).stdout).toBe('no threads\n');
    expect((await threadstore(one, 'search', '--tool-output', '12 apples')).stdout).toContain('12 apples');
  });

  test('--json: a hit a line, across pages', async () => {
    await using one = await served({ limits: { pageSizeMax: 1 } });
    await withTurns(one, 1);
    await threadstore(one, 'import', rollout('c').path, rollout('d').path);
    const hits = parsed(await threadstore(one, 'search', '--json', '--limit', '0', '--order', 'asc', 'apples'));
    expect(hits.map(({ thread }) => (thread as { threadId: string }).threadId).toSorted()).toEqual(
      [rollout('c').threadId, rollout('d').threadId].toSorted(),
    );
    const [hit] = parsed(await threadstore(one, 'search', '--json', 'water'));
    expect(hit).toMatchObject({ thread: { threadId: id }, ordinal: 2, turnId: 'turn-1', snippet: 'bed 1 has water' });
    expect(parsed(await threadstore(one, 'search', '--json', '--limit', '1', 'apples'))).toHaveLength(1);
  });

  test('a term without a word is refused', async () => {
    await using one = await served();
    expect(await threadstore(one, 'search', '%')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'threadstore: searchTerm: must hold a letter or a digit\n',
    });
  });
});

test.each([
  ['turns', id],
  ['items', id],
  ['search', 'x'],
])('%s says that no service answers', async (...args) => {
  const { exitCode, stderr } = await run(args, { THREADSTORE_ENDPOINT: '127.0.0.1:1', THREADSTORE_DEADLINE_MS: '500' });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^threadstore: no service answers at 127\.0\.0\.1:1 /);
});

/** As `--json` prints it. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
