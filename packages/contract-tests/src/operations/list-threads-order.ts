import assert from 'node:assert/strict';
import type { ListThreadsParams, SortDirection, ThreadId, ThreadSortKey, ThreadStore } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { refusedField } from '../support/refusals.ts';
import { createThread, orderedIds } from '../support/threads.ts';
import { listAll, listIds, pagesOf } from '../support/walk.ts';

const sortKeys = ['created_at', 'updated_at', 'recency_at'] as const satisfies readonly ThreadSortKey[];
const directions = ['asc', 'desc'] as const satisfies readonly SortDirection[];

/** Times that all lie ahead, so that recency, which never moves back, can be set to them. */
function day(n: number): Date {
  return new Date(Date.UTC(2090, 0, 1 + n, 12, 0, 0, 5));
}

interface Days {
  readonly created: number;
  readonly updated: number;
  readonly recent: number;
}

/** Makes one thread per entry, in that order of ids. */
async function threadsAt(store: ThreadStore, days: readonly Days[]): Promise<ThreadId[]> {
  const ids = orderedIds(days.length);
  const make = async ({ created, updated, recent }: Days, index: number): Promise<void> => {
    const metadata = { createdAt: day(created), updatedAt: day(updated), advanceRecencyAt: day(recent) };
    await createThread(store, { threadId: ids[index] ?? '', metadata });
  };
  await Promise.all(days.map(make));
  return ids;
}

async function placesOf(store: ThreadStore, ids: readonly ThreadId[], params: ListThreadsParams): Promise<number[]> {
  return (await listIds(store, params)).map((id) => ids.indexOf(id));
}

const orders = [
  check('lists the newest first when nothing is said', async ({ store }) => {
    const ids = await threadsAt(store, [
      { created: 2, updated: 0, recent: 1 },
      { created: 0, updated: 1, recent: 2 },
      { created: 1, updated: 2, recent: 0 },
    ]);
    assert.deepEqual(await placesOf(store, ids, {}), [0, 2, 1]);
  }),

  check('sorts by each key in each direction', async ({ store }) => {
    const ids = await threadsAt(store, [
      { created: 2, updated: 0, recent: 1 },
      { created: 0, updated: 1, recent: 2 },
      { created: 1, updated: 2, recent: 0 },
    ]);
    const rising = { created_at: [1, 2, 0], updated_at: [0, 1, 2], recency_at: [2, 0, 1] };
    for (const sortKey of sortKeys) {
      for (const pageSize of [1, 2, 50]) {
        assert.deepEqual(await placesOf(store, ids, { sortKey, sortDirection: 'asc', pageSize }), rising[sortKey]);
        const falling = rising[sortKey].toReversed();
        assert.deepEqual(await placesOf(store, ids, { sortKey, sortDirection: 'desc', pageSize }), falling);
        assert.deepEqual(await placesOf(store, ids, { sortKey, pageSize }), falling);
      }
    }
  }),

  check('sorts threads of one millisecond by their ids', async ({ store }) => {
    const ids = await threadsAt(
      store,
      Array.from({ length: 10 }, () => ({ created: 0, updated: 0, recent: 0 })),
    );
    for (const sortKey of sortKeys) {
      assert.deepEqual(await listIds(store, { sortKey, sortDirection: 'asc' }), ids);
      assert.deepEqual(await listIds(store, { sortKey, sortDirection: 'desc' }), ids.toReversed());
    }
  }),

  check('tells times apart by the millisecond', async ({ store }) => {
    const ids = orderedIds(3);
    for (const [index, ms] of [2, 0, 1].entries()) {
      await createThread(store, {
        threadId: ids[index] ?? '',
        metadata: { createdAt: new Date(1_700_000_000_000 + ms) },
      });
    }
    assert.deepEqual(await placesOf(store, ids, { sortDirection: 'asc', pageSize: 1 }), [1, 2, 0]);
  }),

  check('sorts times before 1970 and far ahead', async ({ store }) => {
    const times = [
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '0800-12-25T00:00:00.001Z',
      '9999-12-31T23:59:59.999Z',
    ];
    const ids = orderedIds(times.length);
    for (const [index, time] of times.entries()) {
      await createThread(store, { threadId: ids[index] ?? '', metadata: { createdAt: new Date(time) } });
    }
    const listed = await listAll(store, { sortDirection: 'asc', pageSize: 1 });
    assert.deepEqual(
      listed.map((thread) => thread.createdAt.toISOString()),
      times.toSorted(),
    );
  }),
];

const walks = [
  check('loses and repeats no thread at ties, for pages of any size', async ({ store }) => {
    // 7 threads share a time, 3 another, and one has its own: pages end within ties and between them.
    const days = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2].map((n) => ({ created: n, updated: 2 - n, recent: n % 2 }));
    const ids = await threadsAt(store, days);
    for (const sortKey of sortKeys) {
      for (const sortDirection of directions) {
        const expected = await listIds(store, { sortKey, sortDirection });
        assert.deepEqual(expected.toSorted(), ids);
        for (const pageSize of [1, 2, 7, 11]) {
          assert.deepEqual(
            await listIds(store, { sortKey, sortDirection, pageSize }),
            expected,
            `${sortKey} by ${pageSize}`,
          );
        }
      }
    }
  }),

  check('fills pages, and gives no cursor on the last one', async ({ store }) => {
    await threadsAt(
      store,
      Array.from({ length: 6 }, (_, n) => ({ created: n, updated: n, recent: n })),
    );
    for (const [pageSize, sizes] of [
      [1, [1, 1, 1, 1, 1, 1]],
      [2, [2, 2, 2]],
      [4, [4, 2]],
      [6, [6]],
      [7, [6]],
    ] as const) {
      const pages: number[] = [];
      for await (const page of pagesOf(store, { pageSize })) pages.push(page.length);
      assert.deepEqual(pages, sizes);
    }
  }),

  check(
    'shows no thread twice and none that stood all the time too late, while others come and go',
    async ({ store, open }) => {
      const ids = await threadsAt(
        store,
        Array.from({ length: 8 }, (_, n) => ({ created: 2 * n, updated: 0, recent: 0 })),
      );
      const other = await open();
      for (const sortDirection of directions) {
        const seen: ThreadId[] = [];
        const comers: ThreadId[] = [];
        for await (const page of pagesOf(store, { sortDirection, pageSize: 2 })) {
          seen.push(...page.map((thread) => thread.threadId));
          const last = page.at(-1);
          assert.ok(last);
          for (const shift of [-1, 0, 1]) {
            const createdAt = new Date(last.createdAt.getTime() + shift);
            comers.push((await createThread(other, { metadata: { createdAt } })).threadId);
          }
        }
        assert.equal(new Set(seen).size, seen.length, 'no thread twice');
        const stood = seen.filter((id) => ids.includes(id));
        assert.deepEqual(stood, sortDirection === 'asc' ? ids : ids.toReversed());
        await Promise.all(comers.map((threadId) => store.deleteThread({ threadId })));
      }
    },
  ),

  check('shows each thread once that nobody touches, while others are touched', async ({ store, open }) => {
    const ids = await threadsAt(
      store,
      Array.from({ length: 10 }, (_, n) => ({ created: 0, updated: n, recent: n })),
    );
    const touched = ids.filter((_, index) => index % 3 === 0);
    const untouched = ids.filter((id) => !touched.includes(id));
    const other = await open();
    for (const sortKey of ['updated_at', 'recency_at'] as const) {
      for (const sortDirection of directions) {
        const seen: ThreadId[] = [];
        let round = 0;
        for await (const page of pagesOf(store, { sortKey, sortDirection, pageSize: 2 })) {
          seen.push(...page.map((thread) => thread.threadId));
          round += 1;
          // Back and ahead in turn; each only for a while, so that a walk towards them ends.
          const updatedAt = day(round % 2 === 0 ? -round : 20 + round);
          const threadId = touched[round % touched.length] ?? '';
          const patch = { updatedAt, advanceRecencyAt: updatedAt };
          if (round < 8) await other.updateThreadMetadata({ threadId, patch });
        }
        const expected = sortDirection === 'asc' ? untouched : untouched.toReversed();
        assert.deepEqual(
          seen.filter((id) => untouched.includes(id)),
          expected,
          `${sortKey} ${sortDirection}`,
        );
      }
    }
  }),

  check('goes on after a thread that was deleted or archived meanwhile', async ({ store }) => {
    const ids = await threadsAt(
      store,
      Array.from({ length: 6 }, () => ({ created: 0, updated: 0, recent: 0 })),
    );
    const [threadId = '', second = ''] = ids.slice(1, 3);
    const { nextCursor: afterFirst } = await store.listThreads({ sortDirection: 'asc', pageSize: 2 });
    await store.deleteThread({ threadId });
    const { threads, nextCursor } = await store.listThreads({ sortDirection: 'asc', pageSize: 1, cursor: afterFirst });
    assert.deepEqual(
      threads.map((thread) => thread.threadId),
      [second],
    );
    const { epoch } = await store.readThread({ threadId: second });
    await store.archiveThread({ threadId: second, epoch });
    assert.deepEqual(await listIds(store, { sortDirection: 'asc', cursor: nextCursor }), ids.slice(3));
  }),
];

const pageSizes = [
  checkWith(
    { limits: { pageSizeMax: 4, pageSizeDefault: 3 } },
    'gives default pages for 0 and lowers what is too large',
    async ({ store }) => {
      await threadsAt(
        store,
        Array.from({ length: 6 }, () => ({ created: 0, updated: 0, recent: 0 })),
      );
      const sizeOf = async (params?: ListThreadsParams): Promise<number> =>
        (await store.listThreads(params)).threads.length;
      assert.equal(await sizeOf(), 3);
      assert.equal(await sizeOf({ pageSize: 0 }), 3);
      assert.equal(await sizeOf({ pageSize: 4 }), 4);
      assert.equal(await sizeOf({ pageSize: 5 }), 4);
      assert.equal(await sizeOf({ pageSize: 2_147_483_647 }), 4);
    },
  ),

  check('refuses page sizes, sort keys and directions that there are not', async ({ store }) => {
    const list = (params: object): Promise<unknown> => store.listThreads(params);
    for (const pageSize of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10', 10n]) {
      await refusedField(list({ pageSize }), 'pageSize');
    }
    for (const sortKey of ['createdAt', 'name', '', 7, '__proto__']) await refusedField(list({ sortKey }), 'sortKey');
    for (const sortDirection of ['up', 'DESC', 1]) await refusedField(list({ sortDirection }), 'sortDirection');
  }),
];

export const listOrderChapter = chapter('listThreads: order and pages', ...orders, ...walks, ...pageSizes);
