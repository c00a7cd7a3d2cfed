import assert from 'node:assert/strict';
import type { ListThreadsParams, ThreadId, ThreadStore } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { refused, refusedField, refusedLimit } from '../support/refusals.ts';
import { createThread, newThreadId, orderedIds } from '../support/threads.ts';
import { listIds } from '../support/walk.ts';

const start = Date.UTC(2024, 4, 5, 6, 7, 8, 0);

/** Three threads, a second apart, oldest first. */
async function threadsBySecond(store: ThreadStore): Promise<ThreadId[]> {
  const ids = orderedIds(3);
  const make = (threadId: ThreadId, n: number): Promise<unknown> =>
    createThread(store, { threadId, metadata: { createdAt: new Date(start + 1000 * n) } });
  await Promise.all(ids.map(make));
  return ids;
}

async function cursorOf(store: ThreadStore, params: ListThreadsParams): Promise<string> {
  const { nextCursor } = await store.listThreads({ ...params, pageSize: 1 });
  assert.ok(nextCursor !== null, 'there is a next page');
  return nextCursor;
}

const opaque = [
  check('works on every store object, and with another page size', async ({ store, open }) => {
    const ids = await threadsBySecond(store);
    const cursor = await cursorOf(store, { sortDirection: 'asc' });
    const other = await open();
    assert.deepEqual(await listIds(other, { sortDirection: 'asc', cursor, pageSize: 1 }), ids.slice(1));
    assert.deepEqual(await listIds(other, { sortDirection: 'asc', cursor, pageSize: 100 }), ids.slice(1));
    assert.deepEqual(
      await listIds(store, { sortDirection: 'asc', cursor }),
      ids.slice(1),
      'a cursor can be used again',
    );
  }),

  check('begins at the first page without one', async ({ store }) => {
    const ids = await threadsBySecond(store);
    assert.deepEqual(await listIds(store, { sortDirection: 'asc', cursor: null }), ids);
  }),

  check('is refused with other arguments than it was made for', async ({ store }) => {
    await threadsBySecond(store);
    const cursor = await cursorOf(store, {});
    const others: readonly ListThreadsParams[] = [
      { sortDirection: 'asc' },
      { sortKey: 'updated_at' },
      { sortKey: 'recency_at' },
      { archived: true },
      { searchTerm: 'x' },
      { modelProviders: ['x'] },
      { cwdFilters: ['x'] },
      { cwdFilters: [] },
      { allowedSources: ['x'] },
      { relation: { directChildrenOf: newThreadId() } },
      { relation: { descendantsOf: newThreadId() } },
    ];
    for (const params of others) {
      const error = await refused(store.listThreads({ ...params, cursor }), 'CURSOR_MISMATCH');
      assert.match(error.message, /cursor/);
    }
    await store.listThreads({ sortKey: 'created_at', sortDirection: 'desc', archived: false, cursor });
  }),

  check('is refused when it was made with a filter that is gone or another', async ({ store }) => {
    const relation = { directChildrenOf: newThreadId() };
    for (let n = 0; n < 2; n += 1) {
      const metadata = { cwd: '/a', modelProvider: 'p', source: 'cli', preview: 'text' };
      await createThread(store, { parentThreadId: relation.directChildrenOf, metadata });
    }
    const filters: readonly (readonly [made: ListThreadsParams, used: ListThreadsParams])[] = [
      [{ cwdFilters: ['/a'] }, { cwdFilters: ['/a', '/b'] }],
      [{ modelProviders: ['p', 'q'] }, { modelProviders: ['pq'] }],
      [{ allowedSources: ['cli'] }, { allowedSources: ['cli', 'exec'] }],
      [{ searchTerm: 'te' }, { searchTerm: 'ex' }],
      [{ relation }, { relation: { descendantsOf: relation.directChildrenOf } }],
    ];
    for (const [made, used] of filters) {
      const cursor = await cursorOf(store, made);
      await store.listThreads({ ...made, cursor });
      await refused(store.listThreads({ ...used, cursor }), 'CURSOR_MISMATCH');
      await refused(store.listThreads({ cursor }), 'CURSOR_MISMATCH');
    }
  }),

  check('is refused when it was changed or made up', async ({ store }) => {
    await threadsBySecond(store);
    const cursor = await cursorOf(store, {});
    const list = (text: string): Promise<unknown> => store.listThreads({ cursor: text });
    const middle = Math.floor(cursor.length / 2);
    for (const at of [0, 1, middle, middle + 1, cursor.length - 2]) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      await refused(list(changed), 'INVALID_CURSOR');
    }
    for (const cut of [
      cursor.slice(1),
      cursor.slice(0, middle),
      cursor.slice(0, -2),
      cursor + cursor,
      `${cursor}AAAA`,
    ]) {
      await refused(list(cut), 'INVALID_CURSOR');
    }
    const madeUp = [
      'x',
      'null',
      '0',
      'AAAA',
      'e30',
      '{"time":0}',
      '2024|x',
      ' ',
      '%',
      '\u0000',
      'é',
      '../..',
      "' OR 1=1 --",
    ];
    for (const text of madeUp) await refused(list(text), 'INVALID_CURSOR');
    await refusedField(store.listThreads({ cursor: 7 as unknown as string }), 'cursor');
  }),

  checkWith({ limits: { cursorBytesMax: 400 } }, 'takes a cursor of up to cursorBytesMax bytes', async ({ store }) => {
    await threadsBySecond(store);
    await store.listThreads({ cursor: await cursorOf(store, {}) });
    await refused(store.listThreads({ cursor: 'x'.repeat(400) }), 'INVALID_CURSOR');
    const limit = { field: 'cursor', limit: 'cursorBytesMax', max: 400 };
    await refusedLimit(store.listThreads({ cursor: 'x'.repeat(401) }), { ...limit, got: 401 });
    await refusedLimit(store.listThreads({ cursor: 'x'.repeat(1_000_000) }), { ...limit, got: 1_000_000 });
  }),
];

const times = [
  check('may be a time, and the page then starts strictly after it', async ({ store }) => {
    const ids = await threadsBySecond(store);
    const [first, second, third] = ids;
    const cases: readonly (readonly [cursor: string, asc: unknown[], desc: unknown[]])[] = [
      ['2024-05-05T06:07:09Z', [third], [first]],
      ['2024-05-05T06:07:09.000Z', [third], [first]],
      ['2024-05-05T06:07:08.999Z', [second, third], [first]],
      ['2024-05-05T06:07:09.001Z', [third], [second, first]],
      ['2024-05-05T08:07:09+02:00', [third], [first]],
      ['2024-05-05T00:37:09.000-05:30', [third], [first]],
      ['2024-05-05T06-07-09', [third], [first]],
      ['2024-05-05T06-07-08', [second, third], []],
      ['1969-12-31T23:59:59Z', [first, second, third], []],
      ['2999-01-01T00:00:00Z', [], [third, second, first]],
    ];
    for (const [cursor, asc, desc] of cases) {
      assert.deepEqual(await listIds(store, { cursor, sortDirection: 'asc', pageSize: 1 }), asc, `${cursor} asc`);
      assert.deepEqual(await listIds(store, { cursor, sortDirection: 'desc', pageSize: 1 }), desc, `${cursor} desc`);
    }
  }),

  check(
    'as a time is compared with the sort key, leaves out all threads of that time, and fits all filters',
    async ({ store }) => {
      const at = (n: number): Date => new Date(Date.UTC(2090, 0, 1, 0, 0, n));
      const ids = orderedIds(4);
      for (const [index, n] of [0, 1, 1, 2].entries()) {
        const metadata = { updatedAt: at(n), advanceRecencyAt: at(2 - n), cwd: '/a' };
        await createThread(store, { threadId: ids[index] ?? '', metadata });
      }
      const rest = { cursor: at(1).toISOString(), cwdFilters: ['/a'] };
      assert.deepEqual(await listIds(store, { ...rest, sortKey: 'updated_at', sortDirection: 'asc' }), [ids[3]]);
      assert.deepEqual(await listIds(store, { ...rest, sortKey: 'updated_at', sortDirection: 'desc' }), [ids[0]]);
      assert.deepEqual(await listIds(store, { ...rest, sortKey: 'recency_at', sortDirection: 'asc' }), [ids[0]]);
      assert.deepEqual(await listIds(store, { ...rest, sortKey: 'recency_at', sortDirection: 'desc' }), [ids[3]]);
    },
  ),

  check('is refused as a time that does not exist or is not written in full', async ({ store }) => {
    await threadsBySecond(store);
    const wrong = [
      '2024-05-05',
      '2024-05-05T06:07:09',
      '2024-05-05 06:07',
      '2024-13-05T06:07:09Z',
      '2024-02-30T06:07:09Z',
      '2024-05-05T25:07:09Z',
      '2024-05-05T06:61:09Z',
      '2024-05-05T06-07',
      '2024-02-30T06-07-09',
      '24-05-05T06:07:09Z',
      '+012024-05-05T06:07:09Z',
      'Sun, 05 May 2024 06:07:09 GMT',
      '1714889229',
      '2024-05-05T06:07:09Z|x',
    ];
    for (const cursor of wrong) await refused(store.listThreads({ cursor }), 'INVALID_CURSOR');
  }),
];

export const listCursorsChapter = chapter('listThreads: cursors', ...opaque, ...times);
