import { newThreadId, type SessionSource, type ThreadMetadataPatch, type ThreadStore } from '@threadstore/core';
import { expect, test } from 'vitest';
import { refusal } from './codex-client.ts';
import type { Stores } from './life-cycle.ts';
import { replicas } from './replicas.ts';

const base = Date.parse('2026-03-01T12:00:00.000Z');

async function storeThread(store: ThreadStore, metadata: ThreadMetadataPatch, ms = 0): Promise<string> {
  const threadId = newThreadId(new Date(base + ms));
  const createdAt = new Date(base + ms);
  const { epoch } = await store.createThread({
    threadId,
    metadata: { preview: 'p', createdAt, updatedAt: createdAt, ...metadata },
  });
  await store.persistThread({ threadId, epoch });
  await store.shutdownThread({ threadId, epoch });
  return threadId;
}

/** Lists, as the app server asks for them. */
export function lists(stores: Stores): void {
  test('threads of one second are neither lost nor shown twice, in either direction', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const ids: string[] = [];
    for (const ms of [0, 300, 300, 700, 999, 1_000, 1_400]) ids.push(await storeThread(store, {}, ms));
    // Without a preview: in no list, and in the way of no page.
    for (const ms of [350, 710, 1_200]) await storeThread(store, { preview: '' }, ms);
    for (const sortDirection of [0, 1]) {
      for (const sortKey of [0, 1]) {
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
          const page = await client.list({
            sortDirection,
            sortKey,
            pageSize: 2,
            ...(cursor === undefined ? {} : { cursor }),
          });
          seen.push(...page.threads.map(({ threadId }) => threadId as string));
          cursor = page.nextCursor === '' ? undefined : page.nextCursor;
        }
        expect(seen.toSorted()).toEqual(ids.toSorted());
        expect(new Set(seen).size).toBe(ids.length);
      }
    }
  });

  test('a page that is the last to show anything says so', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const ids = [await storeThread(store, {}), await storeThread(store, {}, 1)];
    for (let ms = 2; ms < 12; ms += 1) await storeThread(store, { preview: '' }, ms);
    const listed = async (pageSize: number): Promise<object> => {
      const { threads, nextCursor = '' } = await client.list({ pageSize, sortDirection: 0 });
      return { ids: threads.map(({ threadId }) => threadId), isLast: nextCursor === '' };
    };
    expect(await listed(1)).toEqual({ ids: ids.slice(0, 1), isLast: false });
    expect(await listed(2)).toEqual({ ids, isLast: true });
    const late = await storeThread(store, {}, 20);
    expect(await listed(2)).toEqual({ ids, isLast: false });
    expect(await listed(3)).toEqual({ ids: [...ids, late], isLast: true });
  });

  test('a cursor that the app server makes of a time finds the thread that it was made of', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const [first, anchor, last] = [
      await storeThread(store, {}, -1_000),
      await storeThread(store, {}, 700),
      await storeThread(store, {}, 2_100),
    ];
    const at = Number((await client.read(anchor))['createdAt']) * 1_000;
    const made = (ms: number): string => new Date(at + ms).toISOString();
    // Backwards from a page that began with the anchor.
    expect(await client.ids({ sortDirection: 0, cursor: made(-1) })).toEqual([anchor, last]);
    expect(await client.ids({ sortDirection: 1, cursor: made(1) })).toEqual([anchor, first]);
    // Strictly behind a time, as clients see times.
    expect(await client.ids({ sortDirection: 1, cursor: made(0) })).toEqual([first]);
    expect(await client.ids({ sortDirection: 0, cursor: made(0) })).toEqual([last]);
    for (const cursor of ['no cursor', 'x'.repeat(100)]) {
      expect(await refusal(client.list({ cursor }))).toEqual({
        code: 'INVALID_ARGUMENT',
        text: `invalid cursor: ${cursor}`,
      });
    }
    const { nextCursor } = await client.list({ pageSize: 1 });
    expect(await refusal(client.list({ cursor: nextCursor, sortDirection: 0 }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('filters that are there and empty differ from those that are not', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const one = await storeThread(store, { modelProvider: 'a', cwd: '/a', name: 'findable' }, 0);
    const two = await storeThread(store, { modelProvider: 'b', cwd: '/b' }, 1_000);
    const both = [two, one];
    expect(await client.ids()).toEqual(both);
    expect(await client.ids({ modelProviderFilter: { values: [] } })).toEqual(both);
    expect(await client.ids({ modelProviderFilter: { values: ['a'] } })).toEqual([one]);
    expect(await client.ids({ cwdFilter: { values: [] } })).toEqual([]);
    expect(await client.ids({ cwdFilter: { values: ['/b'] } })).toEqual([two]);
    expect(await client.ids({ searchTerm: 'find', useStateDbOnly: true })).toEqual([one]);
    expect(await client.ids({ archived: true })).toEqual([]);
    expect(await client.ids({ pageSize: 0 })).toEqual(both);
  });

  test('sources are the same on both sides of the wire, where these clients know them', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const parent = newThreadId();
    const spawn = {
      parent_thread_id: parent,
      depth: 1,
      agent_path: '/agents/a',
      agent_nickname: 'Kim',
      agent_role: null,
    };
    const cases: (readonly [SessionSource, object])[] = [
      ['cli', { kind: 1 }],
      ['vscode', { kind: 2 }],
      ['exec', { kind: 3 }],
      ['mcp', { kind: 4 }],
      [{ custom: 'atlas' }, { kind: 5, custom: 'atlas' }],
      [{ subagent: 'review' }, { kind: 6 }],
      [{ subagent: 'compact' }, { kind: 7 }],
      [
        { subagent: { thread_spawn: spawn } },
        {
          kind: 8,
          subAgentParentThreadId: parent,
          subAgentDepth: 1,
          subAgentPath: '/agents/a',
          subAgentNickname: 'Kim',
        },
      ],
      [{ subagent: 'memory_consolidation' }, { kind: 9 }],
      [{ subagent: { other: 'x' } }, { kind: 10, subAgentOther: 'x' }],
      ['unknown', { kind: 0 }],
    ];
    for (const [index, [source, wire]] of cases.entries()) {
      const threadId = await storeThread(store, { source }, index * 1_000);
      expect((await client.read(threadId))['source']).toMatchObject(wire);
      expect(await client.ids({ allowedSources: [wire] })).toEqual([threadId]);
    }
    for (const source of ['my own', { internal: 'x' }, { subagent: { thread_spawn: { parent_thread_id: 'x' } } }]) {
      expect((await client.read(await storeThread(store, { source })))['source']).toMatchObject({ kind: 0 });
    }
    expect(await client.ids({ allowedSources: [{ kind: 1 }, { kind: 3 }] })).toHaveLength(2);
    expect(await refusal(client.list({ allowedSources: [{ kind: 8 }] }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a page that would be more than a client can receive ends early', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const preview = 'p'.repeat(60_000);
    const ids: string[] = [];
    for (let n = 0; n < 50; n += 1)
      ids.push(await storeThread(store, { preview, firstUserMessage: preview }, n * 1_000));
    const first = await client.list({ pageSize: 100, sortDirection: 0 });
    expect(first.threads.length).toBeGreaterThan(20);
    expect(first.threads.length).toBeLessThan(50);
    const second = await client.list({ pageSize: 100, sortDirection: 0, cursor: first.nextCursor });
    expect([...first.threads, ...second.threads].map(({ threadId }) => threadId)).toEqual(ids);
  });
}
