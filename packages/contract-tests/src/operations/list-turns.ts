import assert from 'node:assert/strict';
import type { TurnItemsView } from '@threadstore/core';
import { chapter } from '../chapter.ts';
import {
  agentSays,
  completed,
  failed,
  aborted,
  message,
  started,
  tokenCount,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { itemOfBytes } from '../support/items.ts';
import { checksOf } from '../support/optional.ts';
import { allTurns, ordinalsOf } from '../support/pages.ts';
import { refused, refusedField, refusedLimit } from '../support/refusals.ts';
import { createArchivedThread, createThread, createUnmaterialised, external } from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';

const { check, checkWith } = checksOf('listTurns');
const final = 'final_answer';

/** The ordinals of a summary of each turn. */
function summaryCase(name: string, items: readonly string[], ...summaries: readonly (readonly number[])[]) {
  return check(`a summary ${name}`, async ({ store }) => {
    const { threadId } = await threadWith(store, items, 2);
    const turns = await allTurns(store, { threadId, sortDirection: 'asc' });
    assert.deepEqual(
      turns.map((turn) => ordinalsOf(turn.items)),
      summaries,
    );
    for (const turn of turns) {
      for (const { ordinal, json, turnId } of turn.items) {
        assert.deepEqual([json, turnId], [items[Number(ordinal)], turn.turnId]);
      }
    }
  });
}

const summaries = [
  summaryCase(
    'has the first user message and the last answer without a phase, once the turn has ended',
    [started('a'), message('user', 'x'), userSays('q'), agentSays('1'), userSays('r'), agentSays('2'), completed('a')],
    [2, 5],
  ),
  summaryCase(
    'has the last final answer, whatever follows it',
    [started('a'), userSays('q'), agentSays('1', final), agentSays('2', final), agentSays('3'), completed('a')],
    [1, 3],
  ),
  summaryCase(
    'never has commentary',
    [
      started('a'),
      userSays('q'),
      agentSays('1', 'commentary'),
      completed('a'),
      started('b'),
      agentSays('2'),
      agentSays('3', 'commentary'),
      completed('b'),
    ],
    [1],
    [5],
  ),
  summaryCase(
    'of a turn under way has a final answer, and none without a phase',
    [started('a'), userSays('q'), agentSays('1'), tokenCount()],
    [1],
  ),
  summaryCase(
    'of a turn under way has the final answer that is there',
    [started('a'), userSays('q'), agentSays('1', final), agentSays('2')],
    [1, 2],
  ),
  summaryCase(
    'of a turn that failed or was interrupted has the answer too',
    [
      started('a'),
      userSays('q'),
      agentSays('1'),
      failed('x'),
      completed('a'),
      started('b'),
      userSays('r'),
      agentSays('2'),
      aborted('b'),
      completed('b'),
    ],
    [1, 2],
    [6, 7],
  ),
  summaryCase(
    'of a turn that nobody started has its last answer at once',
    [userSays('q'), agentSays('1'), agentSays('2'), agentSays('3')],
    [0, 3],
  ),
  summaryCase('is in the order of the items', [started('a'), agentSays('1', final), userSays('q')], [1, 2]),
  summaryCase('may be empty', [started('a'), tokenCount(), completed('a')], []),
];

const views = [
  check('shows a turn with all that is known of it', async ({ store }) => {
    const items = [started('a', { started_at: 1 }), userSays('q'), agentSays('1'), completed('a', { duration_ms: 2 })];
    const { threadId } = await threadWith(store, [tokenCount(), ...items]);
    const placed = items.map((json, n) => ({ ordinal: BigInt(n + 1), turnId: 'a', json }));
    const turn = {
      turnId: 'a',
      firstOrdinal: 1n,
      status: 'completed',
      error: null,
      startedAt: new Date(1_000),
      completedAt: null,
      durationMs: 2,
    };
    const shown: Readonly<Record<TurnItemsView, unknown>> = {
      notLoaded: [],
      summary: placed.slice(1, 3),
      full: placed,
    };
    for (const itemsView of ['notLoaded', 'summary', 'full'] as const) {
      const { turns } = await store.listTurns({ threadId, itemsView });
      assert.deepEqual(turns, [{ ...turn, itemsView, items: shown[itemsView] }]);
    }
    const { turns } = await store.listTurns({ threadId });
    assert.equal(turns[0]?.itemsView, 'summary', 'what is shown when nothing is said');
  }),

  check('shows the latest turns first when nothing is said', async ({ store }) => {
    const { threadId } = await threadWith(store, [...wholeTurn('a'), ...wholeTurn('b'), ...wholeTurn('c')]);
    const order = async (params: object): Promise<string[]> =>
      (await store.listTurns({ threadId, ...params })).turns.map(({ turnId }) => turnId);
    assert.deepEqual(await order({}), ['c', 'b', 'a']);
    assert.deepEqual(await order({ sortDirection: 'desc' }), ['c', 'b', 'a']);
    assert.deepEqual(await order({ sortDirection: 'asc' }), ['a', 'b', 'c']);
  }),

  check('gives items as they were appended, to the byte', async ({ store }) => {
    const texts = [
      String.raw`  { "type" : "event_msg", "payload":{"type":"task_started" , "turn_id":"a" } } `,
      String.raw`{"payload":{"message":"\u0041 \ud83d\ude80 \u0000","type":"user_message"},"type":"event_msg","n":1.0e5}`,
      `{"type":"x","a":1,"a":2,"b":12345678901234567890.10,"ü":"é→😀"}`,
    ];
    const { threadId } = await threadWith(store, texts);
    const [turn] = await allTurns(store, { threadId, itemsView: 'full' });
    assert.deepEqual(
      turn?.items.map(({ json }) => json),
      texts,
    );
    const [summary] = await allTurns(store, { threadId });
    assert.deepEqual(
      summary?.items.map(({ json }) => json),
      [texts[1]],
    );
  }),

  check('gives an empty page of a thread without turns', async ({ store }) => {
    const writer = await createThread(store);
    const empty = { turns: [], nextCursor: null, backwardsCursor: null };
    assert.deepEqual(await store.listTurns(writer.ref), empty);
    await writer.append(tokenCount());
    for (const itemsView of ['notLoaded', 'summary', 'full'] as const) {
      assert.deepEqual(await store.listTurns({ ...writer.ref, itemsView, sortDirection: 'asc' }), empty);
    }
  }),
];

const currency = [
  check('shows each append at once, on every store object, whoever made it', async ({ store, open }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    const shown = async (): Promise<unknown[]> =>
      (await allTurns(other, { ...writer.ref, sortDirection: 'asc', itemsView: 'full' })).map((turn) => [
        turn.turnId,
        turn.status,
        turn.items.length,
      ]);
    await writer.append(started('a'));
    assert.deepEqual(await shown(), [['a', 'inProgress', 1]]);
    await other.appendItems(external(writer, 'o', [userSays('q')]));
    assert.deepEqual(await shown(), [['a', 'inProgress', 2]]);
    await writer.append(completed('a'), agentSays('1'));
    assert.deepEqual(await shown(), [
      ['a', 'completed', 3],
      ['rollout-3', 'completed', 1],
    ]);
    await other.appendItems(external(writer, 'o', [userSays('q')]));
    assert.equal((await shown()).length, 2, 'a duplicate changes nothing');
    await other.appendItems(external(writer, 'p', [userSays('r')]));
    assert.equal((await shown()).length, 3);
  }),

  check('shows each batch as a whole or not at all while it is appended', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...wholeTurn('t0'));
    const other = await open();
    const appends = Promise.all(
      Array.from({ length: 8 }, (_, n) => writer.append(...wholeTurn(`t${2 * n + 1}`), ...wholeTurn(`t${2 * n + 2}`))),
    );
    const ask = { ...writer.ref, sortDirection: 'asc', itemsView: 'full', pageSize: 100 } as const;
    const pages = await Promise.all(Array.from({ length: 8 }, () => other.listTurns(ask)));
    await appends;
    for (const { turns } of pages) {
      assert.equal(turns.length % 2, 1, 'whole batches only');
      for (const [n, { turnId, status, items }] of turns.entries()) {
        assert.deepEqual([turnId, status, items.length], [`t${n}`, 'completed', 3]);
      }
    }
    assert.equal((await allTurns(other, ask)).length, 17);
  }),

  check('reads an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(store.listTurns({ threadId }), 'THREAD_ARCHIVED');
    await refused(store.listTurns({ threadId, includeArchived: false }), 'THREAD_ARCHIVED');
    const { turns } = await store.listTurns({ threadId: threadId.toUpperCase(), includeArchived: true });
    assert.deepEqual(
      turns.map(({ turnId }) => turnId),
      ['rollout-0'],
    );
  }),
];

const limits = [
  check('refuses wrong input by name', async ({ store }) => {
    const { threadId } = await threadWith(store, wholeTurn('a'));
    const list = (params: object): Promise<unknown> => store.listTurns({ threadId, ...params });
    for (const pageSize of [-1, 1.5, Number.NaN, '1']) await refusedField(list({ pageSize }), 'pageSize');
    for (const itemsView of ['all', '', 7]) await refusedField(list({ itemsView }), 'itemsView');
    for (const sortDirection of ['up', '', 7]) await refusedField(list({ sortDirection }), 'sortDirection');
    await refusedField(list({ includeArchived: 'yes' }), 'includeArchived');
    await refusedField(list({ cursor: 7 }), 'cursor');
  }),

  checkWith(
    { limits: { turnBytesMax: 1_000 } },
    'gives a turn of turnBytesMax bytes in full, and refuses a larger one in that view alone',
    async ({ store }) => {
      const frame = [started('a'), completed('a')];
      const filling = 1_000 - Buffer.byteLength(frame.join(''));
      const writer = await createUnmaterialised(store);
      await writer.append(frame[0] ?? '', itemOfBytes(filling), frame[1] ?? '');
      await writer.append(frame[0] ?? '', itemOfBytes(filling + 1), frame[1] ?? '');
      await writer.append(...wholeTurn('c'));
      const full = { ...writer.ref, itemsView: 'full', sortDirection: 'asc', pageSize: 1 } as const;
      const first = await store.listTurns(full);
      assert.equal(first.turns[0]?.items.length, 3);
      const limit = { field: 'itemsView', limit: 'turnBytesMax', max: 1_000 };
      await refusedLimit(store.listTurns({ ...full, cursor: first.nextCursor }), limit);
      const { turns, nextCursor } = await store.listTurns({ ...full, itemsView: 'summary', cursor: first.nextCursor });
      assert.equal(turns.length, 1, 'other views have no such bound');
      assert.equal((await store.listTurns({ ...full, cursor: nextCursor })).turns[0]?.turnId, 'c');
    },
  ),

  checkWith(
    { limits: { pageBytesMax: 2_000 } },
    'ends a page of full turns before it has more than pageBytesMax bytes',
    async ({ store }) => {
      // Turns of about 700, 700, 3,000 and 700 bytes.
      const turns = [500, 500, 2_800, 500].map((bytes, n) => [
        started(`t${n}`),
        itemOfBytes(bytes),
        completed(`t${n}`),
      ]);
      const { threadId } = await threadWith(store, turns.flat(), 3);
      for (const sortDirection of ['asc', 'desc'] as const) {
        const pages: string[][] = [];
        let cursor: string | null = null;
        do {
          const page = await store.listTurns({ threadId, itemsView: 'full', sortDirection, cursor });
          pages.push(page.turns.map(({ turnId }) => turnId));
          for (const { items } of page.turns) assert.equal(items.length, 3, 'the items of a turn are always whole');
          cursor = page.nextCursor;
        } while (cursor !== null && pages.length < 9);
        assert.deepEqual(
          pages,
          sortDirection === 'asc' ? [['t0', 't1'], ['t2'], ['t3']] : [['t3'], ['t2'], ['t1', 't0']],
        );
      }
      const { turns: all } = await store.listTurns({ threadId, itemsView: 'notLoaded' });
      assert.equal(all.length, 4, 'turns without their items weigh nothing');
    },
  ),
];

export const listTurnsChapter = chapter('listTurns', ...summaries, ...views, ...currency, ...limits);
