import assert from 'node:assert/strict';
import type { SortDirection, ThreadStore } from '@threadstore/core';
import { chapter, type Chapter, type ContractTest } from '../chapter.ts';
import {
  appendEntries,
  itemPages,
  ordered,
  range,
  rest,
  turnPages,
  type Page,
  type Paged,
  type PageParams,
} from '../support/both-ways.ts';
import { rolledBack } from '../support/events.ts';
import { checksOf } from '../support/optional.ts';
import { errorOf, refused, refusedLimit } from '../support/refusals.ts';
import { createThread, createUnmaterialised, newThreadId } from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';

const directions = ['asc', 'desc'] as const;

function walks(paged: Paged): ContractTest[] {
  const { check } = checksOf(paged.operation);
  return [
    check('shows each entry once, in both directions, by pages of any size', async ({ store, open }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 9);
      const other = await open();
      for (const sortDirection of directions) {
        for (const pageSize of [1, 2, 3, 4, 8, 9, 10, 500]) {
          const params = { ...writer.ref, sortDirection, pageSize };
          assert.deepEqual(await rest(paged, other, params), ordered(range(0, 9), sortDirection));
        }
      }
    }),

    check('takes a page of another size, on another store object, along a walk', async ({ store, open }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 12);
      const stores = [store, await open()];
      for (const sortDirection of directions) {
        const found: (readonly number[])[] = [];
        let cursor: string | null = null;
        for (const [index, pageSize] of [1, 3, 2, 4, 50].entries()) {
          const page = await paged.page(stores[index % 2] ?? store, { ...writer.ref, sortDirection, pageSize, cursor });
          found.push(page.entries);
          cursor = page.nextCursor;
        }
        assert.deepEqual(
          found.map((page) => page.length),
          [1, 3, 2, 4, 2],
        );
        assert.deepEqual(found.flat(), ordered(range(0, 12), sortDirection));
        assert.equal(cursor, null);
      }
    }),

    check('has a next cursor where more remains, and none where nothing does', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 4);
      for (const sortDirection of directions) {
        for (const [pageSize, more] of [
          [3, true],
          [4, false],
          [5, false],
        ] as const) {
          const { nextCursor, backwardsCursor } = await paged.page(store, { ...writer.ref, sortDirection, pageSize });
          assert.equal(nextCursor !== null, more, `${sortDirection} by ${pageSize}`);
          assert.ok(backwardsCursor !== null, 'a page that is not empty has a backwards cursor');
        }
      }
    }),
  ];
}

function waysBack(paged: Paged): ContractTest[] {
  const { check, checkWith } = checksOf(paged.operation);
  return [
    check('goes back from the first of a page, which is there again', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 7);
      const ask = { ...writer.ref, sortDirection: 'asc', pageSize: 3 } as const;
      const first = await paged.page(store, ask);
      const second = await paged.page(store, { ...ask, cursor: first.nextCursor });
      assert.deepEqual(second.entries, [3, 4, 5]);
      const back = { cursor: second.backwardsCursor, sortDirection: 'desc' } as const;
      assert.deepEqual(await rest(paged, store, { ...ask, ...back }), [3, 2, 1, 0]);
      assert.deepEqual((await paged.page(store, { ...ask, cursor: second.backwardsCursor })).entries, [3, 4, 5]);
      // And the other way round again.
      const { backwardsCursor } = await paged.page(store, { ...ask, ...back });
      assert.deepEqual((await paged.page(store, { ...ask, cursor: backwardsCursor })).entries, [3, 4, 5]);
      // A next cursor turned round is strictly before its place.
      const turned = { ...ask, cursor: first.nextCursor, sortDirection: 'desc' } as const;
      assert.deepEqual((await paged.page(store, turned)).entries, [1, 0]);
    }),

    check('reads what is new from the backwards cursor of the latest page', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 5);
      const latest = await paged.page(store, { ...writer.ref, sortDirection: 'desc', pageSize: 2 });
      assert.deepEqual(latest.entries, [4, 3]);
      const ask = { ...writer.ref, cursor: latest.backwardsCursor, sortDirection: 'asc', pageSize: 4 } as const;
      assert.deepEqual((await paged.page(store, ask)).entries, [4]);
      await appendEntries(writer, paged, 5, 10);
      assert.deepEqual(await rest(paged, store, ask), [4, 5, 6, 7, 8, 9]);
      const again = await paged.page(store, { ...ask, sortDirection: 'desc', pageSize: 2 });
      assert.deepEqual(again.entries, [4, 3], 'the page does not move');
    }),

    checkWith(
      { limits: { pageSizeMax: 4, pageSizeDefault: 2 } },
      'has pageSizeDefault entries when no size or 0 is asked for, and no more than pageSizeMax',
      async ({ store }) => {
        const writer = await createUnmaterialised(store);
        await appendEntries(writer, paged, 0, 6);
        const size = async (params: object): Promise<number> =>
          (await paged.page(store, { ...writer.ref, ...params })).entries.length;
        assert.equal(await size({}), 2);
        assert.equal(await size({ pageSize: 0 }), 2);
        for (const pageSize of [4, 5, 1_000, Number.MAX_SAFE_INTEGER]) assert.equal(await size({ pageSize }), 4);
      },
    ),
  ];
}

function changes(paged: Paged): ContractTest[] {
  const { check } = checksOf(paged.operation);
  return [
    check('shows what was there all the time once, whatever is appended between two pages', async ({ store }) => {
      for (const sortDirection of directions) {
        const writer = await createUnmaterialised(store);
        await appendEntries(writer, paged, 0, 6);
        const found: number[] = [];
        let cursor: string | null = null;
        let next = 6;
        do {
          const ask = { ...writer.ref, sortDirection, pageSize: 2, cursor } as const;
          const page: Page = await paged.page(store, ask);
          found.push(...page.entries);
          cursor = page.nextCursor;
          if (next < 10) await appendEntries(writer, paged, next, next + 1);
          next += 1;
        } while (cursor !== null && next < 30);
        assert.deepEqual(found, sortDirection === 'asc' ? range(0, 10) : ordered(range(0, 6), 'desc'));
      }
    }),

    check('goes on from the place of an entry that was taken back', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 6);
      const ask = { ...writer.ref, pageSize: 2 } as const;
      const rising = await paged.page(store, { ...ask, sortDirection: 'asc', pageSize: 4 });
      const falling = await paged.page(store, { ...ask, sortDirection: 'desc' });
      await writer.append(rolledBack(3));
      const from = (page: Page, sortDirection: SortDirection): Promise<number[]> =>
        rest(paged, store, { ...ask, sortDirection, cursor: page.nextCursor });
      assert.deepEqual(await from(rising, 'asc'), []);
      assert.deepEqual(await from(falling, 'desc'), [2, 1, 0]);
      const back = { ...ask, cursor: falling.backwardsCursor };
      assert.deepEqual(await rest(paged, store, { ...back, sortDirection: 'desc' }), [2, 1, 0]);
      await appendEntries(writer, paged, 6, 8);
      assert.deepEqual(await from(rising, 'asc'), [6, 7]);
      assert.deepEqual(await rest(paged, store, { ...back, sortDirection: 'asc' }), [6, 7]);
    }),

    check('has no cursors on an empty page', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await appendEntries(writer, paged, 0, 1);
      const beyond = { ...writer.ref, sortDirection: 'asc', cursor: null as string | null } as const;
      const { backwardsCursor } = await paged.page(store, beyond);
      await writer.append(rolledBack(1));
      const { ref } = await createThread(store);
      for (const params of [ref, { ...ref, sortDirection: 'asc' as const }]) {
        const page = await paged.page(store, params);
        assert.deepEqual([page.entries, page.nextCursor, page.backwardsCursor], [[], null, null]);
      }
      const before = await paged.page(store, { ...beyond, sortDirection: 'desc', cursor: backwardsCursor });
      assert.deepEqual([before.entries, before.nextCursor, before.backwardsCursor], [[], null, null]);
    }),
  ];
}

/** Made up, cut or changed: no store has made one of these. */
const madeUp = [
  'x',
  'null',
  '0',
  'AAAA',
  'e30',
  '{"turnId":"a","includeAnchor":true}',
  ' ',
  '%',
  '\u0000',
  'é',
  "' OR 1=1 --",
];

function refusals(paged: Paged, other: Paged): ContractTest[] {
  const { check, checkWith } = checksOf(paged.operation);
  const cursorsOf = async (store: ThreadStore, params: PageParams): Promise<string[]> => {
    const { nextCursor, backwardsCursor } = await paged.page(store, { ...params, pageSize: 1 });
    return [nextCursor ?? '', backwardsCursor ?? ''];
  };
  const fourEntries = range(0, 4).flatMap((n) => paged.entry(n));
  return [
    check('refuses a cursor of another thread or of another list', async ({ store, factory }) => {
      const thread = await threadWith(store, fourEntries);
      const another = await threadWith(store, fourEntries);
      for (const cursor of await cursorsOf(store, thread)) {
        assert.ok(cursor !== '');
        await paged.page(store, { threadId: thread.threadId.toUpperCase(), cursor });
        const error = await refused(paged.page(store, { threadId: another.threadId, cursor }), 'CURSOR_MISMATCH');
        assert.match(error.message, /cursor/);
        await refused(paged.page(store, { threadId: newThreadId(), cursor }), 'CURSOR_MISMATCH');
        assert.match((await errorOf(store.listThreads({ cursor }))).reason, /CURSOR/);
        if (!factory.capabilities[other.operation]) continue;
        await refused(other.page(store, { threadId: thread.threadId, cursor }), 'CURSOR_MISMATCH');
      }
      const { nextCursor } = await store.listThreads({ pageSize: 1 });
      const error = await errorOf(paged.page(store, { threadId: thread.threadId, cursor: nextCursor }));
      assert.match(error.reason, /CURSOR/);
    }),

    check('refuses a cursor that was changed or made up, and times', async ({ store }) => {
      const { threadId } = await threadWith(store, fourEntries);
      const list = (cursor: string): Promise<unknown> => paged.page(store, { threadId, cursor });
      for (const cursor of await cursorsOf(store, { threadId })) {
        const middle = Math.floor(cursor.length / 2);
        for (const at of [0, 1, middle, middle + 1, cursor.length - 2]) {
          const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
          await refused(list(changed), 'INVALID_CURSOR');
        }
        const cuts = [cursor.slice(1), cursor.slice(0, middle), cursor.slice(0, -2), cursor + cursor, `${cursor}AAAA`];
        for (const cut of cuts) await refused(list(cut), 'INVALID_CURSOR');
      }
      for (const text of madeUp) await refused(list(text), 'INVALID_CURSOR');
      await refused(list('2024-05-05T06:07:09Z'), 'INVALID_CURSOR');
      await refused(list('2024-05-05T06-07-09'), 'INVALID_CURSOR');
    }),

    checkWith(
      { limits: { cursorBytesMax: 400 } },
      'takes a cursor of up to cursorBytesMax bytes',
      async ({ store }) => {
        const { threadId } = await threadWith(store, fourEntries);
        for (const cursor of await cursorsOf(store, { threadId })) await paged.page(store, { threadId, cursor });
        await refused(paged.page(store, { threadId, cursor: 'x'.repeat(400) }), 'INVALID_CURSOR');
        const limit = { field: 'cursor', limit: 'cursorBytesMax', max: 400, got: 401 };
        await refusedLimit(paged.page(store, { threadId, cursor: 'x'.repeat(401) }), limit);
      },
    ),

    check('takes a cursor in the archive that was made before it', async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(...fourEntries);
      const [cursor = ''] = await cursorsOf(store, { ...writer.ref, sortDirection: 'asc' });
      await store.archiveThread(writer.ref);
      await refused(paged.page(store, { ...writer.ref, cursor }), 'THREAD_ARCHIVED');
      const params = { ...writer.ref, cursor, includeArchived: true, sortDirection: 'asc' } as const;
      assert.deepEqual(await rest(paged, store, params), [1, 2, 3]);
    }),
  ];
}

const ofTurns = [
  checksOf('listTurns').check('take another view along a walk', async ({ store }) => {
    const { threadId } = await threadWith(
      store,
      range(0, 4).flatMap((n) => turnPages.entry(n)),
    );
    const seen: unknown[] = [];
    let cursor: string | null = null;
    for (const itemsView of ['full', 'notLoaded', 'summary', 'full'] as const) {
      const page = await store.listTurns({ threadId, itemsView, cursor, pageSize: 1 });
      seen.push(...page.turns.map(({ turnId, items: { length } }) => [turnId, length]));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, [
      ['3', 3],
      ['2', 0],
      ['1', 1],
      ['0', 3],
    ]);
  }),
];

function cursorsChapter(paged: Paged, other: Paged, more: readonly ContractTest[]): Chapter {
  return chapter(
    `${paged.operation}: cursors`,
    ...walks(paged),
    ...waysBack(paged),
    ...changes(paged),
    ...refusals(paged, other),
    ...more,
  );
}

export const turnCursorsChapter = cursorsChapter(turnPages, itemPages, ofTurns);
export const itemCursorsChapter = cursorsChapter(itemPages, turnPages, []);
