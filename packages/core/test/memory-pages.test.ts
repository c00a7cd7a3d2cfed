import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MemoryThreadStore,
  type ItemPage,
  type SortDirection,
  type ThreadStore,
  type ThreadStoreError,
  type TurnPage,
} from '../src/index.ts';
import { rejection } from './failure.ts';
import { newId } from './memory-fixture.ts';
import { completed, note, reasons, rollsBack, started, toolEnds, userSays } from './turn-fixture.ts';

/** A thread that grows. */
class Thread {
  readonly threadId = newId();
  readonly store: ThreadStore;
  #sequence = 0n;

  constructor(store: ThreadStore = new MemoryThreadStore()) {
    this.store = store;
  }

  async append(...items: readonly string[]): Promise<this> {
    if (this.#sequence === 0n) await this.store.createThread({ threadId: this.threadId });
    await this.store.appendItems({ threadId: this.threadId, epoch: 1n, sequence: this.#sequence, items });
    this.#sequence += 1n;
    return this;
  }
}

const turn = (id: string): string[] => [started(id), userSays(`in ${id}`), completed(id)];
const turnIds = ({ turns }: TurnPage): string[] => turns.map(({ turnId }) => turnId);
const ordinals = ({ items }: ItemPage): number[] => items.map(({ ordinal }) => Number(ordinal));

const change = fc.oneof(
  fc.constant(null),
  fc.constantFrom('a', 'b').map((id) => turn(id)),
  fc.constant([note(), reasons(), userSays('x')]),
  fc.constant([toolEnds('a'), note()]),
  fc.nat({ max: 2 }).map((turns) => [rollsBack(turns)]),
);
const changes = fc.array(change, { minLength: 1, maxLength: 10 });
const direction = fc.constantFrom<SortDirection[]>('asc', 'desc');

interface PlacesPage {
  readonly places: readonly bigint[];
  readonly nextCursor: string | null;
}

/** Changes the thread after each page, as long as there are changes. */
async function walk(
  page: (cursor: string | null) => Promise<PlacesPage>,
  thread: Thread,
  meanwhile: readonly (readonly string[] | null)[],
): Promise<bigint[]> {
  const places: bigint[] = [];
  const left = [...meanwhile];
  let cursor: string | null = null;
  do {
    const { places: more, nextCursor }: PlacesPage = await page(cursor);
    places.push(...more);
    const next = left.shift();
    if (next) await thread.append(...next);
    cursor = nextCursor;
  } while (cursor !== null);
  return places;
}

const lists = {
  turns: async ({ store, threadId }: Thread, params: object): Promise<PlacesPage> => {
    const { turns, nextCursor } = await store.listTurns({ threadId, itemsView: 'notLoaded', ...params });
    return { places: turns.map(({ firstOrdinal }) => firstOrdinal), nextCursor };
  },
  items: async ({ store, threadId }: Thread, params: object): Promise<PlacesPage> => {
    const { items, nextCursor } = await store.listItems({ threadId, ...params });
    return { places: items.map(({ ordinal }) => ordinal), nextCursor };
  },
};

describe('a walk', () => {
  test.for(['turns', 'items'] as const)(
    'of %s shows what is there all the time exactly once, in order',
    async (kind) => {
      const list = lists[kind];
      await fc.assert(
        fc.asyncProperty(changes, changes, direction, fc.integer({ min: 1, max: 3 }), async (...given) => {
          const [before, meanwhile, sortDirection, pageSize] = given;
          const thread = await new Thread().append(note());
          for (const items of before) if (items !== null) await thread.append(...items);
          const first = await list(thread, { pageSize: 200, sortDirection });
          const seen = await walk((cursor) => list(thread, { cursor, pageSize, sortDirection }), thread, meanwhile);
          const last = new Set((await list(thread, { pageSize: 200 })).places);

          const sorted = [...new Set(seen)].toSorted((a, b) => Number(a - b));
          expect(seen).toEqual(sortDirection === 'asc' ? sorted : sorted.toReversed());
          const throughout = first.places.filter((place) => last.has(place));
          expect(seen.filter((place) => throughout.includes(place))).toEqual(throughout);
        }),
        { numRuns: 300 },
      );
    },
  );
});

describe('the turns of a thread', () => {
  test('are listed from the latest, with their summaries', async () => {
    const { store, threadId } = await new Thread().append(note(), ...turn('a'), started('b'), userSays('x'));
    const page = await store.listTurns({ threadId });
    expect(page.turns.map(({ turnId, status, items }) => [turnId, status, items])).toEqual([
      ['b', 'inProgress', [{ ordinal: 5n, turnId: 'b', json: userSays('x') }]],
      ['a', 'completed', [{ ordinal: 2n, turnId: 'a', json: userSays('in a') }]],
    ]);
    expect(page.nextCursor).toBeNull();
  });

  test('in full have all their items, late ones too, and no others', async () => {
    const { store, threadId } = await new Thread().append(...turn('a'), started('b'), toolEnds('a'), note());
    const { turns } = await store.listTurns({ threadId, itemsView: 'full', sortDirection: 'asc' });
    expect(turns.map(({ items }) => items.map(({ ordinal }) => ordinal))).toEqual([
      [0n, 1n, 2n, 4n],
      [3n, 5n],
    ]);
  });

  test('backwards from a page are those before it, and the same way those since', async () => {
    const thread = await new Thread().append(...['a', 'b', 'c', 'd'].flatMap(turn));
    const { store, threadId } = thread;
    const first = await store.listTurns({ threadId, pageSize: 2 });
    const second = await store.listTurns({ threadId, pageSize: 2, cursor: first.nextCursor });
    expect([turnIds(first), turnIds(second), second.nextCursor]).toEqual([['d', 'c'], ['b', 'a'], null]);
    await thread.append(...turn('e'));
    const since = { threadId, cursor: first.backwardsCursor };
    expect(turnIds(await store.listTurns({ ...since, sortDirection: 'asc' }))).toEqual(['d', 'e']);
    expect(turnIds(await store.listTurns({ ...since, sortDirection: 'desc' }))).toEqual(['d', 'c', 'b', 'a']);
  });

  test('go on from the place of one that was hidden', async () => {
    const thread = await new Thread().append(...['a', 'b', 'c'].flatMap(turn));
    const { store, threadId } = thread;
    const { nextCursor: cursor } = await store.listTurns({ threadId, pageSize: 1 });
    await thread.append(rollsBack(1), ...turn('d'));
    expect(turnIds(await store.listTurns({ threadId, cursor }))).toEqual(['b', 'a']);
    expect(turnIds(await store.listTurns({ threadId, cursor, sortDirection: 'asc' }))).toEqual(['d']);
  });
});

describe('the items of a thread', () => {
  test('leave out what a rollback hides, and name their turns', async () => {
    const { store, threadId } = await new Thread().append(note(), ...turn('a'), ...turn('b'), rollsBack(1), note());
    const page = await store.listItems({ threadId });
    expect(page.items.map(({ ordinal, turnId }) => [ordinal, turnId])).toEqual([
      [0n, null],
      [1n, 'a'],
      [2n, 'a'],
      [3n, 'a'],
      [7n, null],
      [8n, null],
    ]);
    expect((await store.loadHistory({ threadId })).items).toHaveLength(9);
  });

  test('of one turn are paged both ways', async () => {
    const { store, threadId } = await new Thread().append(...turn('a'), started('b'), toolEnds('a'), toolEnds('b'));
    const params = { threadId, turnId: 'a', pageSize: 3 } as const;
    const first = await store.listItems(params);
    expect(ordinals(first)).toEqual([0, 1, 2]);
    expect(ordinals(await store.listItems({ ...params, cursor: first.nextCursor }))).toEqual([4]);
    const last = await store.listItems({ ...params, sortDirection: 'desc' });
    expect(ordinals(last)).toEqual([4, 2, 1]);
    expect(ordinals(await store.listItems({ ...params, sortDirection: 'desc', cursor: last.nextCursor }))).toEqual([0]);
    expect(ordinals(await store.listItems({ ...params, cursor: last.backwardsCursor }))).toEqual([4]);
  });

  test('of a turn that is not there, or hidden, are none', async () => {
    const { store, threadId } = await new Thread().append(...turn('a'), rollsBack(1));
    const none = { items: [], nextCursor: null, backwardsCursor: null };
    expect(await store.listItems({ threadId, turnId: 'a' })).toEqual(none);
    expect(await store.listItems({ threadId, turnId: 'z' })).toEqual(none);
  });

  test('of a turn are those of the latest with its id', async () => {
    const { store, threadId } = await new Thread().append(...turn('a'), ...turn('a'));
    expect(ordinals(await store.listItems({ threadId, turnId: 'a' }))).toEqual([3, 4, 5]);
  });
});

describe('bytes', () => {
  const size = Buffer.byteLength(note());
  const pageOf = (count: number): Thread =>
    new Thread(new MemoryThreadStore({ limits: { pageBytesMax: count * size, turnBytesMax: 500 } }));

  test('end a page of items before there would be too many, but never before its first', async () => {
    const { store, threadId } = await pageOf(2).append(note(), note(), note(), note('far larger'.repeat(10)), note());
    const pages: number[][] = [];
    let cursor: string | null = null;
    do {
      const page: ItemPage = await store.listItems({ threadId, cursor });
      pages.push(ordinals(page));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual([[0, 1], [2], [3], [4]]);
  });

  test('end a page of turns in full view', async () => {
    const { store, threadId } = await pageOf(1).append(...turn('a'), ...turn('b'));
    const page = await store.listTurns({ threadId, itemsView: 'full' });
    expect(turnIds(page)).toEqual(['b']);
    expect(turnIds(await store.listTurns({ threadId, itemsView: 'full', cursor: page.nextCursor }))).toEqual(['a']);
    expect(turnIds(await store.listTurns({ threadId, itemsView: 'notLoaded' }))).toEqual(['b', 'a']);
  });

  test('of one turn have a limit in full view, once it is the first of a page', async () => {
    const { store, threadId } = await pageOf(1).append(started('a'), note('x'.repeat(500)), ...turn('b'));
    const page = await store.listTurns({ threadId, itemsView: 'full' });
    expect(turnIds(page)).toEqual(['b']);
    const refused = store.listTurns({ threadId, itemsView: 'full', cursor: page.nextCursor });
    expect(await rejection(refused)).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { field: 'itemsView', limit: 'turnBytesMax', max: '500' },
    });
    expect(turnIds(await store.listTurns({ threadId, cursor: page.nextCursor }))).toEqual(['a']);
    expect(ordinals(await store.listItems({ threadId, turnId: 'a', pageSize: 2 }))).toEqual([0]);
  });
});

test('a thread that can not be read lists nothing', async () => {
  const { store, threadId } = await new Thread().append(...turn('a'));
  const refusals = async (id: string): Promise<ThreadStoreError[]> => [
    await rejection(store.listTurns({ threadId: id })),
    await rejection(store.listItems({ threadId: id })),
  ];
  const unseen = newId();
  await store.createThread({ threadId: unseen });
  for (const id of [unseen, newId()]) {
    expect(await refusals(id)).toMatchObject([{ code: 'not_found' }, { code: 'not_found' }]);
  }
  await store.shutdownThread({ threadId, epoch: 1n });
  await store.archiveThread({ threadId });
  expect(await refusals(threadId)).toMatchObject([{ reason: 'THREAD_ARCHIVED' }, { reason: 'THREAD_ARCHIVED' }]);
  expect(turnIds(await store.listTurns({ threadId, includeArchived: true }))).toEqual(['a']);
  expect(ordinals(await store.listItems({ threadId, includeArchived: true }))).toEqual([0, 1, 2]);
  await store.deleteThread({ threadId });
  expect(await refusals(threadId)).toMatchObject([{ reason: 'THREAD_DELETED' }, { reason: 'THREAD_DELETED' }]);
});
