import assert from 'node:assert/strict';
import { chapter, type TestBody } from '../chapter.ts';
import { checksOf } from '../support/optional.ts';
import { allHits, allItems, allTurns, ordinalsOf } from '../support/pages.ts';
import { eventSession, itemSession } from '../support/sessions.ts';
import { threadWith } from '../support/turn-cases.ts';

interface Expected {
  /** Each turn with its first and last ordinal. */
  readonly turns: readonly (readonly [turnId: string, first: number, last: number])[];
  /** The ordinals of the summaries. */
  readonly summaries: readonly (readonly number[])[];
  readonly visible: number;
}

function turnsOf(session: readonly string[], { turns, summaries, visible }: Expected): TestBody {
  return async ({ store, open, factory }) => {
    const { threadId } = await threadWith(store, session, 5);
    const other = await open();
    const full = await allTurns(other, { threadId, sortDirection: 'asc', itemsView: 'full', pageSize: 1 });
    assert.deepEqual(
      full.map(({ turnId, status, items }) => [turnId, status, ordinalsOf(items)]),
      turns.map(([turnId, first, last]) => [
        turnId,
        'completed',
        Array.from({ length: last - first + 1 }, (_, n) => first + n),
      ]),
    );
    for (const { startedAt, completedAt, durationMs } of full) {
      assert.deepEqual(
        [startedAt?.getTime(), completedAt?.getTime(), durationMs],
        [1_770_113_730_000, 1_770_113_731_000, 740],
      );
    }
    const short = await allTurns(other, { threadId, sortDirection: 'asc' });
    assert.deepEqual(
      short.map(({ items }) => ordinalsOf(items)),
      summaries,
    );
    if (factory.capabilities.listItems) assert.equal((await allItems(other, { threadId })).length, visible);
  };
}

const { check } = checksOf('listTurns');
const { check: checkSearch } = checksOf('searchThreads');

const turns = [
  check(
    'of events: three turns are left of four',
    turnsOf(eventSession, {
      turns: [
        ['t1', 1, 11],
        ['t2', 12, 24],
        ['t4', 38, 46],
      ],
      summaries: [
        [6, 8],
        [15, 21],
        [41, 43],
      ],
      visible: 35,
    }),
  ),
  check(
    'of completed items: two turns, with the messages that their items are',
    turnsOf(itemSession, {
      turns: [
        ['t1', 1, 13],
        ['t2', 14, 27],
      ],
      summaries: [
        [8, 9],
        [17, 23],
      ],
      visible: 28,
    }),
  ),
];

const searches = [
  checkSearch('of both kinds: what is said in them is found', async ({ store }) => {
    for (const session of [eventSession, itemSession]) {
      const { threadId } = await threadWith(store, session, 7);
      const search = async (
        searchTerm: string,
        includeToolOutput = false,
      ): Promise<(readonly [number, string | null])[]> =>
        (await allHits(store, { searchTerm, includeToolOutput }))
          .filter(({ thread }) => thread.threadId === threadId)
          .map(({ ordinal, turnId }) => [Number(ordinal), turnId]);
      const isOfEvents = session === eventSession;
      assert.deepEqual(await search('Count the'), [[isOfEvents ? 6 : 7, 't1']]);
      assert.deepEqual(await search('one lantern'), isOfEvents ? [[44, 't4']] : [[24, 't2']]);
      assert.deepEqual(await search('matchstick'), []);
      assert.deepEqual(await search('matchstick', true), [[isOfEvents ? 19 : 21, 't2']]);
      assert.deepEqual(await search('regrettable'), []);
      assert.deepEqual(await search('careful'), []);
    }
  }),
];

export const recordedSessionsChapter = chapter('recorded sessions', ...turns, ...searches);
