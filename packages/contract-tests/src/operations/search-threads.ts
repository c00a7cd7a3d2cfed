import assert from 'node:assert/strict';
import type { SearchThreadsParams, ThreadId, ThreadStore } from '@threadstore/core';
import { chapter } from '../chapter.ts';
import {
  agentSays,
  completed,
  message,
  rolledBack,
  started,
  tokenCount,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { checksOf } from '../support/optional.ts';
import { allHits, foundIds } from '../support/pages.ts';
import { errorOf, refused } from '../support/refusals.ts';
import { createUnmaterialised, external, newThreadId, orderedIds, steal, type Writer } from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';
import { listIds } from '../support/walk.ts';

const { check } = checksOf('searchThreads');

/** Where the one hit of a term is. */
async function hitOf(
  store: ThreadStore,
  searchTerm: string,
): Promise<readonly [ordinal: number, turnId: string | null]> {
  const [hit, ...others] = await allHits(store, { searchTerm });
  assert.ok(hit !== undefined && others.length === 0, `one hit of ${searchTerm}`);
  return [Number(hit.ordinal), hit.turnId];
}

const hits = [
  check('tells the latest message that matches, and its turn', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(message('user', 'early bird'), started('a'), userSays('bird one'), completed('a'));
    await writer.append(started('b'), userSays('bird two'), agentSays('fish'), completed('b'), tokenCount());
    assert.deepEqual(await hitOf(store, 'bird'), [5, 'b']);
    assert.deepEqual(await hitOf(store, 'bird one'), [2, 'a']);
    assert.deepEqual(await hitOf(store, 'early'), [0, null]);
    assert.deepEqual(await hitOf(store, 'fish'), [6, 'b']);
    await writer.append(agentSays('bird three'));
    assert.deepEqual(await hitOf(store, 'bird'), [9, 'rollout-9']);
    const [hit] = await allHits(store, { searchTerm: 'bird' });
    assert.equal(hit?.snippet, 'bird three', 'the snippet is of that message');
  }),

  check('looks past later messages that hold the words in another way', async ({ store }) => {
    const lookalikes = Array.from({ length: 20 }, (_, n) => userSays(`market data and big data ${n}`));
    await threadWith(store, [userSays('the data market'), ...lookalikes]);
    await threadWith(store, lookalikes);
    assert.deepEqual(await hitOf(store, 'data market'), [0, 'rollout-0']);
  }),

  check('shows threads as lists show them', async ({ store }) => {
    const metadata = { name: 'a name', cwd: '/w', source: { a: [1] }, gitInfo: { branch: 'b' } };
    const writer = await createUnmaterialised(store, { metadata });
    await writer.append(userSays('hello'));
    await writer.shutdown();
    const { hits: found, nextCursor } = await store.searchThreads({ searchTerm: 'hello' });
    assert.deepEqual(
      found.map(({ thread }) => thread),
      (await store.listThreads()).threads,
    );
    assert.equal(nextCursor, null);
    assert.deepEqual(await store.searchThreads({ searchTerm: 'absent' }), { hits: [], nextCursor: null });
  }),

  check('finds each append at once, on every store object, whoever made it', async ({ store, open }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    await writer.append(userSays('first words'));
    assert.deepEqual(await hitOf(other, 'words'), [0, 'rollout-0']);
    await other.appendItems(external(writer, 'o', [userSays('more words')]));
    assert.deepEqual(await hitOf(store, 'words'), [1, 'rollout-1']);
    const second = await steal(other, writer);
    await second.append(userSays('last words'), tokenCount());
    assert.deepEqual(await hitOf(store, 'words'), [2, 'rollout-2']);
    assert.deepEqual(await hitOf(other, 'first words'), [0, 'rollout-0']);
  }),

  check('does not find what a rollback hides, but what was said before and after', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const texts = ['old bird', 'middle bird', 'late bird worm'];
    await writer.append(...texts.flatMap((text, n) => wholeTurn(`t${n}`, text)));
    assert.deepEqual(await hitOf(store, 'bird'), [7, 't2']);
    await writer.append(rolledBack(1));
    assert.deepEqual(await hitOf(store, 'bird'), [4, 't1']);
    assert.deepEqual(await foundIds(store, 'worm'), []);
    await writer.append(rolledBack(1), ...wholeTurn('t3', 'new worm'));
    assert.deepEqual(await hitOf(store, 'bird'), [1, 't0']);
    assert.deepEqual(await hitOf(store, 'worm'), [12, 't3']);
    await writer.append(rolledBack(5));
    assert.deepEqual(await foundIds(store, 'bird'), []);
  }),

  check('does not find threads that are deleted, or that only their creator knows', async ({ store }) => {
    const { threadId } = await threadWith(store, [userSays('secret word')]);
    const kept = await threadWith(store, [userSays('secret word')]);
    assert.equal((await foundIds(store, 'secret')).length, 2);
    const hidden = await createUnmaterialised(store, { metadata: { preview: 'secret' } });
    await store.deleteThread({ threadId });
    assert.deepEqual(await foundIds(store, 'secret'), [kept.threadId]);
    await hidden.append(userSays('secret'));
    assert.equal((await foundIds(store, 'secret')).length, 2);
  }),
];

/** Threads with times, directories and sources of their own that all say the same, oldest first; the last is archived. */
async function variousThreads(store: ThreadStore): Promise<{ ids: ThreadId[]; parent: ThreadId }> {
  const ids = orderedIds(6);
  const parent = ids[0] ?? newThreadId();
  for (const [n, threadId] of ids.entries()) {
    const time = new Date(Date.UTC(2090, 0, 1 + Math.floor(n / 2)));
    const metadata = {
      createdAt: time,
      updatedAt: new Date(Date.UTC(2091, 0, 9 - n)),
      advanceRecencyAt: new Date(Date.UTC(2092, 0, n % 3)),
      cwd: n % 2 === 0 ? '/even' : '/odd',
      source: n % 3 === 0 ? 'cli' : 'exec',
      modelProvider: n < 3 ? 'p' : 'q',
    };
    const writer: Writer = await createUnmaterialised(store, {
      threadId,
      metadata,
      parentThreadId: n === 0 ? null : parent,
    });
    await writer.append(userSays('common words'), ...(n === 3 ? [agentSays('rare')] : []));
    if (n === 5) await store.archiveThread(writer.ref);
  }
  return { ids, parent };
}

const filters = [
  check('orders and filters as lists do', async ({ store }) => {
    const { parent } = await variousThreads(store);
    await threadWith(store, [userSays('something else')]);
    const queries: readonly Omit<SearchThreadsParams, 'searchTerm'>[] = [
      {},
      { sortDirection: 'asc' },
      { sortKey: 'updated_at' },
      { sortKey: 'recency_at', sortDirection: 'asc' },
      { sortKey: 'recency_at' },
      { cwdFilters: ['/even'] },
      { cwdFilters: [] },
      { cwdFilters: null, modelProviders: [] },
      { allowedSources: ['cli'] },
      { modelProviders: ['q'], sortDirection: 'asc' },
      { modelProviders: ['q'], cwdFilters: ['/odd'] },
      { relation: { directChildrenOf: parent } },
      { relation: { descendantsOf: parent }, cwdFilters: ['/odd'] },
      { archived: true },
      { archived: false },
    ];
    // What says something else has a time before all others', so that lists can leave it out.
    const others = new Set(await foundIds(store, 'something'));
    for (const query of queries) {
      const listed = (await listIds(store, query)).filter((id) => !others.has(id));
      for (const pageSize of [1, 2, 50]) {
        assert.deepEqual(await foundIds(store, 'common', { ...query, pageSize }), listed, JSON.stringify(query));
      }
    }
  }),

  check('finds a rare thread among many, by pages of any size', async ({ store }) => {
    const { ids } = await variousThreads(store);
    for (const pageSize of [1, 2, 50]) {
      assert.deepEqual(await foundIds(store, 'rare', { pageSize }), [ids[3]]);
      assert.deepEqual(await foundIds(store, 'rare', { pageSize, cwdFilters: ['/even'] }), []);
      assert.deepEqual(await foundIds(store, 'rare', { pageSize, archived: true }), []);
    }
  }),

  check('judges a thread by its metadata as they are now', async ({ store }) => {
    const { ref, threadId } = await threadWith(store, [userSays('hello')]);
    await store.updateThreadMetadata({ threadId, patch: { cwd: '/after' } });
    assert.deepEqual(await foundIds(store, 'hello', { cwdFilters: ['/after'] }), [threadId]);
    await store.archiveThread(ref);
    assert.deepEqual(await foundIds(store, 'hello'), []);
    assert.deepEqual(await foundIds(store, 'hello', { archived: true }), [threadId]);
    await store.unarchiveThread(ref);
    assert.deepEqual(await foundIds(store, 'hello'), [threadId]);
  }),
];

const cursors = [
  check('a cursor works on every store object, and with another page size', async ({ store, open }) => {
    const { ids } = await variousThreads(store);
    const ask = { searchTerm: 'common', sortDirection: 'asc' } as const;
    const { nextCursor: cursor } = await store.searchThreads({ ...ask, pageSize: 2 });
    const other = await open();
    for (const pageSize of [1, 2, 100]) {
      assert.deepEqual(await foundIds(other, 'common', { ...ask, cursor, pageSize }), ids.slice(2, 5));
    }
    const after = { ...ask, cursor: '2090-01-02T00:00:00Z' };
    assert.deepEqual(await foundIds(other, 'common', after), [ids[4]], 'a time is a cursor here, as for lists');
  }),

  check('a cursor is refused with other arguments than it was made for', async ({ store }) => {
    await variousThreads(store);
    const { nextCursor: cursor } = await store.searchThreads({ searchTerm: 'common', pageSize: 1 });
    assert.ok(cursor !== null);
    const others: readonly Partial<SearchThreadsParams>[] = [
      { searchTerm: 'words' },
      { searchTerm: 'commo' },
      { includeToolOutput: true },
      { sortDirection: 'asc' },
      { sortKey: 'updated_at' },
      { archived: true },
      { cwdFilters: ['/even'] },
      { cwdFilters: [] },
      { modelProviders: ['p'] },
      { allowedSources: ['cli'] },
      { relation: { directChildrenOf: newThreadId() } },
    ];
    for (const params of others) {
      await refused(store.searchThreads({ searchTerm: 'common', ...params, cursor }), 'CURSOR_MISMATCH');
    }
    const same = { sortKey: 'created_at', sortDirection: 'desc', archived: false, includeToolOutput: false } as const;
    await store.searchThreads({ searchTerm: 'common', ...same, cursor });
    assert.match((await errorOf(store.listThreads({ cursor }))).reason, /CURSOR/);
    assert.match((await errorOf(store.listThreads({ cursor, searchTerm: 'common' }))).reason, /CURSOR/);
    const { nextCursor } = await store.listThreads({ pageSize: 1 });
    assert.match((await errorOf(store.searchThreads({ searchTerm: 'common', cursor: nextCursor }))).reason, /CURSOR/);
  }),

  check('a cursor is refused when it was changed or made up', async ({ store }) => {
    await variousThreads(store);
    const { nextCursor } = await store.searchThreads({ searchTerm: 'common', pageSize: 1 });
    const cursor = nextCursor ?? '';
    const middle = Math.floor(cursor.length / 2);
    const changed = cursor.slice(0, middle) + (cursor[middle] === 'A' ? 'B' : 'A') + cursor.slice(middle + 1);
    for (const wrong of [changed, cursor.slice(1), cursor.slice(0, -2), `${cursor}AAAA`, 'x', 'null', ' ', '%']) {
      await refused(store.searchThreads({ searchTerm: 'common', cursor: wrong }), 'INVALID_CURSOR');
    }
  }),

  check('a walk shows each thread once, whatever is said between two pages', async ({ store }) => {
    const { ids } = await variousThreads(store);
    const found: ThreadId[] = [];
    let cursor: string | null = null;
    for (let n = 0; n < 30; n += 1) {
      const ask = { searchTerm: 'common', sortDirection: 'asc', pageSize: 1, cursor } as const;
      const page = await store.searchThreads(ask);
      found.push(...page.hits.map(({ thread }) => thread.threadId));
      cursor = page.nextCursor;
      if (cursor === null) break;
      const operationId = String(n);
      await store.appendItems(external({ threadId: ids[n % 5] ?? '' }, operationId, [userSays('common again')]));
    }
    assert.deepEqual(found, ids.slice(0, 5));
  }),
];

export const searchThreadsChapter = chapter('searchThreads', ...hits, ...filters, ...cursors);
