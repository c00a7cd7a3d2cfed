import assert from 'node:assert/strict';
import { chapter } from '../chapter.ts';
import {
  agentSays,
  rolledBack,
  sessionMeta,
  started,
  tokenCount,
  toolEnds,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { itemOfBytes, items } from '../support/items.ts';
import { checksOf } from '../support/optional.ts';
import { allItems, ordinalsOf } from '../support/pages.ts';
import { refused, refusedField } from '../support/refusals.ts';
import { createArchivedThread, createThread, createUnmaterialised, external, itemsOf } from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';

const { check, checkWith } = checksOf('listItems');
const directions = ['asc', 'desc'] as const;
const empty = { items: [], nextCursor: null, backwardsCursor: null };

/** Two turns with items late, hidden and of no turn; and the turn that each visible item belongs to. */
const mixed = [
  sessionMeta(),
  ...wholeTurn('a'),
  started('b'),
  toolEnds('a'),
  userSays('x'),
  ...wholeTurn('c'),
  rolledBack(1),
  toolEnds('a', 1),
  toolEnds('b'),
  toolEnds('a', 2),
];
const owners: readonly (readonly [ordinal: number, turnId: string | null])[] = [
  [0, null],
  [1, 'a'],
  [2, 'a'],
  [3, 'a'],
  [4, 'b'],
  [5, 'a'],
  [6, 'b'],
  [10, null],
  [11, 'a'],
  [12, 'b'],
  [13, 'a'],
];

function ordinalsIn(turnId: string): number[] {
  return owners.filter(([, owner]) => owner === turnId).map(([ordinal]) => ordinal);
}

const contents = [
  check('gives the items of a thread in both directions, by pages of any size', async ({ store, open }) => {
    const { threadId } = await threadWith(store, mixed, 3);
    const other = await open();
    const expected = owners.map(([n, turnId]) => ({ ordinal: BigInt(n), turnId, json: mixed[n] ?? '' }));
    for (const pageSize of [1, 2, 3, 5, 11, 12, 50]) {
      for (const sortDirection of directions) {
        const inOrder = sortDirection === 'asc' ? expected : expected.toReversed();
        assert.deepEqual(await allItems(other, { threadId, pageSize, sortDirection }), inOrder);
      }
    }
    assert.deepEqual((await store.listItems({ threadId })).items, expected, 'from the start when nothing is said');
    assert.deepEqual(await itemsOf(store, { threadId }), mixed, 'the history has the hidden ones still');
  }),

  check('gives the items of one turn, late ones too, by pages of any size', async ({ store }) => {
    const { threadId } = await threadWith(store, mixed, 3);
    for (const turnId of ['a', 'b']) {
      const expected = ordinalsIn(turnId);
      for (const pageSize of [1, 2, 3, 4, 50]) {
        const asc = await allItems(store, { threadId, turnId, pageSize, sortDirection: 'asc' });
        assert.deepEqual(ordinalsOf(asc), expected);
        for (const item of asc) assert.equal(item.turnId, turnId);
        const desc = await allItems(store, { threadId, turnId, pageSize, sortDirection: 'desc' });
        assert.deepEqual(desc, asc.toReversed());
      }
    }
  }),

  check('gives nothing of a turn that is not there, or is hidden', async ({ store }) => {
    const { threadId } = await threadWith(store, mixed);
    for (const turnId of ['c', 'A', 'a ', '', '%', 'rollout-0', 'x'.repeat(256)]) {
      for (const sortDirection of directions) {
        assert.deepEqual(await store.listItems({ threadId, turnId, sortDirection }), empty);
      }
    }
  }),

  check('gives the items of the latest turn with this id', async ({ store }) => {
    const { threadId } = await threadWith(store, [
      ...wholeTurn('a'),
      ...wholeTurn('b'),
      ...wholeTurn('a'),
      agentSays('x'),
    ]);
    assert.deepEqual(ordinalsOf(await allItems(store, { threadId, turnId: 'a' })), [6, 7, 8]);
    assert.deepEqual(ordinalsOf(await allItems(store, { threadId, turnId: 'rollout-9' })), [9]);
  }),

  check('gives items as they were appended, to the byte', async ({ store }) => {
    const texts = [
      ` {"type" : "x"}\t`,
      String.raw`{"type":"\u0078","a":1.0,"a":1e2,"n":12345678901234567890,"t":"\ud800 \u0000 \/"}`,
      '{"type":"é","e\u0301":"→😀\u2028"}',
    ];
    const { threadId } = await threadWith(store, texts);
    for (const sortDirection of directions) {
      const found = await allItems(store, { threadId, sortDirection, pageSize: 2 });
      assert.deepEqual(
        found.map(({ json }) => json),
        sortDirection === 'asc' ? texts : texts.toReversed(),
      );
    }
  }),

  check('gives an empty page of a thread without items', async ({ store }) => {
    const writer = await createThread(store);
    for (const sortDirection of directions)
      assert.deepEqual(await store.listItems({ ...writer.ref, sortDirection }), empty);
    assert.deepEqual(await store.listItems({ ...writer.ref, turnId: 'a' }), empty);
  }),
];

const currency = [
  check('shows each append at once, on every store object, whoever made it', async ({ store, open }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    await writer.append(started('a'), tokenCount(0));
    await other.appendItems(external(writer, 'o', [tokenCount(1)]));
    await writer.append(tokenCount(2));
    const texts = [started('a'), tokenCount(0), tokenCount(1), tokenCount(2)];
    for (const turnId of [undefined, 'a']) {
      const found = await allItems(other, { threadId: writer.threadId, ...(turnId === undefined ? {} : { turnId }) });
      assert.deepEqual(
        found.map(({ json }) => json),
        texts,
      );
    }
  }),

  check('shows each batch as a whole or not at all while it is appended', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(10));
    const other = await open();
    const appends = Promise.all(Array.from({ length: 9 }, (_, n) => writer.append(...items(10, 10 * (n + 1)))));
    const pages = await Promise.all(Array.from({ length: 9 }, () => other.listItems({ ...writer.ref, pageSize: 200 })));
    await appends;
    for (const { items: found } of pages) {
      assert.equal(found.length % 10, 0, 'whole batches only');
      assert.deepEqual(
        found.map(({ json }) => json),
        items(found.length),
      );
    }
  }),

  check('gives every item of a long thread once, and none that is hidden', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const visible: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const kept = [started(`t${round}`), ...items(40, 100 * round)];
      const dropped = [started(`d${round}`), ...items(30, 100 * round + 50)];
      await writer.append(...kept, ...dropped, rolledBack(1));
      visible.push(...kept, rolledBack(1));
    }
    for (const sortDirection of directions) {
      const found = await allItems(store, { ...writer.ref, sortDirection, pageSize: 37 });
      const expected = sortDirection === 'asc' ? visible : visible.toReversed();
      assert.deepEqual(
        found.map(({ json }) => json),
        expected,
      );
    }
  }),

  check('reads an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(store.listItems({ threadId }), 'THREAD_ARCHIVED');
    await refused(store.listItems({ threadId, turnId: 'a', includeArchived: false }), 'THREAD_ARCHIVED');
    const found = await store.listItems({ threadId: threadId.toUpperCase(), includeArchived: true });
    assert.deepEqual(ordinalsOf(found.items), [0]);
  }),
];

const limits = [
  check('has cursors that are good for one turn, or for the thread', async ({ store }) => {
    const { threadId } = await threadWith(store, [...wholeTurn('a'), ...wholeTurn('b')]);
    const first = async (turn: object): Promise<string | null> =>
      (await store.listItems({ threadId, ...turn, pageSize: 1 })).nextCursor;
    const lists = [{}, { turnId: 'a' }, { turnId: 'b' }, { turnId: 'c' }];
    for (const made of lists.slice(0, 3)) {
      const cursor = await first(made);
      for (const used of lists) {
        const call = store.listItems({ threadId, ...used, cursor });
        if (used === made) await call;
        else await refused(call, 'CURSOR_MISMATCH');
      }
    }
  }),

  check('refuses wrong input by name', async ({ store }) => {
    const { threadId } = await threadWith(store, wholeTurn('a'));
    const list = (params: object): Promise<unknown> => store.listItems({ threadId, ...params });
    for (const pageSize of [-1, 1.5, Number.NaN, '1']) await refusedField(list({ pageSize }), 'pageSize');
    for (const sortDirection of ['up', '', 7]) await refusedField(list({ sortDirection }), 'sortDirection');
    await refusedField(list({ includeArchived: 'yes' }), 'includeArchived');
    await refusedField(list({ turnId: 7 }), 'turnId');
    await refusedField(list({ cursor: 7 }), 'cursor');
  }),

  checkWith(
    { limits: { pageBytesMax: 300, turnBytesMax: 300 } },
    'ends a page before it has more than pageBytesMax bytes, but gives one item at least',
    async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(started('a'), ...[100, 100, 100, 100, 1_000, 150, 150, 151].map(itemOfBytes));
      const after = (await store.listItems({ ...writer.ref, pageSize: 1 })).nextCursor;
      for (const turn of [{}, { turnId: 'a' }]) {
        const pages: number[][] = [];
        let cursor =
          turn.turnId === undefined
            ? after
            : (await store.listItems({ ...writer.ref, ...turn, pageSize: 1 })).nextCursor;
        while (cursor !== null && pages.length < 9) {
          const page = await store.listItems({ ...writer.ref, ...turn, cursor });
          pages.push(ordinalsOf(page.items));
          cursor = page.nextCursor;
        }
        assert.deepEqual(pages, [[1, 2, 3], [4], [5], [6, 7], [8]]);
      }
    },
  ),
];

export const listItemsChapter = chapter('listItems', ...contents, ...currency, ...limits);
