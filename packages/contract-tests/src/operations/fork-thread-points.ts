import assert from 'node:assert/strict';
import type { ForkPoint, ThreadId, ThreadStore } from '@threadstore/core';
import { chapter } from '../chapter.ts';
import {
  aborted,
  agentSays,
  completed,
  event,
  message,
  rolledBack,
  sessionMeta,
  started,
  toolEnds,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { items } from '../support/items.ts';
import { checksOf } from '../support/optional.ts';
import { allItems, allTurns, foundIds } from '../support/pages.ts';
import { refusedField } from '../support/refusals.ts';
import { eventSession, itemSession } from '../support/sessions.ts';
import { itemsOf, newThreadId, Writer } from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';

const { check } = checksOf('forkThread');

async function forkAt(store: ThreadStore, sourceThreadId: ThreadId, at: ForkPoint): Promise<Writer> {
  return new Writer(store, await store.forkThread({ threadId: newThreadId(), sourceThreadId, at }));
}

/** Asserts how many items forks at these points have. */
async function assertCuts(
  store: ThreadStore,
  texts: readonly string[],
  cuts: readonly (readonly [at: ForkPoint, items: number])[],
): Promise<void> {
  const { threadId } = await threadWith(store, texts, 4);
  for (const [at, count] of cuts) {
    const copy = await forkAt(store, threadId, at);
    const what = `the fork at ${Object.entries(at).join()}`;
    assert.deepEqual(await itemsOf(store, copy), texts.slice(0, count), what);
  }
}

const points = [
  check('ends before an ordinal; past the end it has all', async ({ store }) => {
    await assertCuts(store, items(6), [
      [{ beforeOrdinal: 0n }, 0],
      [{ beforeOrdinal: 1n }, 1],
      [{ beforeOrdinal: 5n }, 5],
      [{ beforeOrdinal: 6n }, 6],
      [{ beforeOrdinal: 7n }, 6],
      [{ beforeOrdinal: 2n ** 63n - 1n }, 6],
    ]);
  }),

  check('ends before a turn, or at its end', async ({ store }) => {
    await assertCuts(store, eventSession, [
      [{ beforeTurn: 't1' }, 1],
      [{ throughTurn: 't1' }, 12],
      [{ beforeTurn: 't2' }, 12],
      [{ throughTurn: 't2' }, 25],
      [{ beforeTurn: 't4' }, 38],
      [{ throughTurn: 't4' }, eventSession.length],
    ]);
    await assertCuts(store, itemSession, [
      [{ throughTurn: 't1' }, 14],
      [{ beforeTurn: 't2' }, 14],
    ]);
  }),

  check('takes the latest turn with an id, and ends where it ends, whatever comes late', async ({ store }) => {
    const texts = [...wholeTurn('a'), ...items(1), ...wholeTurn('b'), ...wholeTurn('a'), toolEnds('a'), sessionMeta()];
    await assertCuts(store, texts, [
      [{ beforeTurn: 'a' }, 7],
      [{ throughTurn: 'a' }, 10],
      [{ throughTurn: 'b' }, 7],
      [{ throughTurn: 'rollout-3' }, 4],
    ]);
  }),

  check('ends with a turn that is open only if that is not in progress', async ({ store }) => {
    const open = [...wholeTurn('a'), started('b'), userSays('q')];
    const { threadId } = await threadWith(store, open);
    await refusedField(forkAt(store, threadId, { throughTurn: 'b' }), 'at.throughTurn');
    await assertCuts(store, open, [[{ beforeTurn: 'b' }, 3]]);
    await assertCuts(store, [...open, aborted('b'), sessionMeta()], [[{ throughTurn: 'b' }, 7]]);
    await assertCuts(store, [userSays('q'), agentSays('r')], [[{ throughTurn: 'rollout-0' }, 2]]);
    // What came next has ended it.
    await assertCuts(store, [...open, started('c')], [[{ throughTurn: 'b' }, 5]]);
  }),

  check('refuses a turn that is not there, or hidden', async ({ store }) => {
    for (const texts of [[], items(2), eventSession]) {
      const { threadId, ref } = await threadWith(store, texts);
      if (texts.length === 0) await store.persistThread(ref);
      for (const turnId of ['t3', 'none', '', 'x'.repeat(300)]) {
        await refusedField(forkAt(store, threadId, { beforeTurn: turnId }), 'at.beforeTurn');
        await refusedField(forkAt(store, threadId, { throughTurn: turnId }), 'at.throughTurn');
      }
    }
  }),

  check('refuses a point of a wrong form by name', async ({ store }) => {
    const { threadId: sourceThreadId } = await threadWith(store, items(2));
    const call = (at: unknown): Promise<unknown> =>
      store.forkThread({ threadId: newThreadId(), sourceThreadId, at } as never);
    const shapeless = ['x', null, [], {}, { untilOrdinal: 1n }, { beforeOrdinal: 1n, beforeTurn: 'a' }];
    for (const at of shapeless) await refusedField(call(at), 'at');
    for (const value of [-1n, 1, '1', null, 2n ** 63n]) {
      await refusedField(call({ beforeOrdinal: value }), 'at.beforeOrdinal');
    }
    for (const value of [-1, 1.5, 1n, '1', null, Number.NaN, 2 ** 53]) {
      await refusedField(call({ beforeUserMessage: value }), 'at.beforeUserMessage');
    }
    for (const member of ['beforeTurn', 'throughTurn']) {
      for (const value of [1, null, '\0']) await refusedField(call({ [member]: value }), `at.${member}`);
    }
  }),
];

const asks = (turnId: string, text: string): readonly string[] => [
  started(turnId),
  message('user', text),
  userSays(text),
  message('assistant', 'yes'),
  agentSays('yes'),
];

const session = [
  sessionMeta(),
  message('user', '<environment_context>the workshop</environment_context>'),
  ...asks('a', 'one'),
  completed('a'),
  ...asks('b', 'two'),
  completed('b'),
];

const userMessages = [
  check('ends before what the user said, not before what was put in the user’s name', async ({ store }) => {
    await assertCuts(store, session, [
      [{ beforeUserMessage: 0 }, 3],
      [{ beforeUserMessage: 1 }, 9],
      [{ beforeUserMessage: 2 }, session.length],
      [{ beforeUserMessage: Number.MAX_SAFE_INTEGER }, session.length],
    ]);
  }),

  check('counts no message that a rollback takes back', async ({ store }) => {
    const texts = [...session, rolledBack(1), ...asks('c', 'three'), completed('c')];
    await assertCuts(store, texts, [
      [{ beforeUserMessage: 0 }, 3],
      [{ beforeUserMessage: 1 }, session.length + 2],
      [{ beforeUserMessage: 2 }, texts.length],
    ]);
    await assertCuts(store, [...session, rolledBack(5)], [[{ beforeUserMessage: 0 }, session.length + 1]]);
  }),

  check('past the last message a turn that is under way is left out', async ({ store }) => {
    const under = [...session, ...asks('c', 'three')];
    await assertCuts(store, under, [
      [{ beforeUserMessage: 2 }, session.length + 1],
      [{ beforeUserMessage: 3 }, session.length],
    ]);
    await assertCuts(store, [...under, aborted('c')], [[{ beforeUserMessage: 3 }, under.length + 1]]);
  }),

  check('counts events where there are no other messages', async ({ store }) => {
    const texts = [sessionMeta(), ...wholeTurn('a'), ...wholeTurn('b')];
    await assertCuts(store, texts, [
      [{ beforeUserMessage: 0 }, 2],
      [{ beforeUserMessage: 1 }, 5],
      [{ beforeUserMessage: 2 }, texts.length],
    ]);
  }),
];

/** Everything that indexes tell of a thread. */
async function indexed(store: ThreadStore, threadId: ThreadId): Promise<unknown> {
  const { listTurns, listItems } = store.capabilities;
  return {
    full: listTurns ? await allTurns(store, { threadId, sortDirection: 'asc', itemsView: 'full' }) : null,
    summaries: listTurns ? await allTurns(store, { threadId }) : null,
    items: listItems ? await allItems(store, { threadId }) : null,
  };
}

/** Turns that events of others come late to, that are rolled back, and one that stays open. */
const tangled = [
  ...wholeTurn('a', 'the first lantern'),
  ...wholeTurn('b', 'the second lantern'),
  toolEnds('a'),
  started('c'),
  toolEnds('b'),
  userSays('a hidden lantern'),
  rolledBack(1),
  completed('a', { duration_ms: 7 }),
  started('d'),
  userSays('the last lantern'),
  event('exec_command_end', { turn_id: 'a' }),
];

const indexes = [
  check('shows turns and items as if the items had been appended', async ({ store, open }) => {
    for (const texts of [tangled, eventSession]) {
      const { threadId: source } = await threadWith(store, texts, 3);
      const other = await open();
      for (let count = 0; count <= texts.length + 4; count += 5) {
        const copy = await forkAt(store, source, { beforeOrdinal: BigInt(count) });
        const appended = await threadWith(store, texts.slice(0, count), 7);
        await appended.persist();
        assert.deepEqual(
          await indexed(other, copy.threadId),
          await indexed(other, appended.threadId),
          `${count} items`,
        );
      }
    }
  }),

  check('and goes on so when more is appended to the fork', async ({ store, open }) => {
    const { threadId: source } = await threadWith(store, tangled, 3);
    const before = await indexed(store, source);
    for (const count of [4, 9, tangled.length]) {
      const copy = await forkAt(store, source, { beforeOrdinal: BigInt(count) });
      for (const text of [...tangled.slice(count), completed('d'), ...wholeTurn('e'), rolledBack(1)]) {
        await copy.append(text);
      }
      const appended = await threadWith(store, await itemsOf(store, copy), 100);
      assert.deepEqual(await indexed(await open(), copy.threadId), await indexed(store, appended.threadId));
    }
    assert.deepEqual(await indexed(await open(), source), before, 'the source is as it was');
  }),

  check('is found by what was said in it, and not by what is hidden in it', async ({ store }) => {
    if (!store.capabilities.searchThreads) return;
    const { threadId: source } = await threadWith(store, tangled);
    const all = await forkAt(store, source, { beforeOrdinal: 100n });
    const part = await forkAt(store, source, { beforeOrdinal: 5n });
    const found = async (term: string): Promise<ThreadId[]> => (await foundIds(store, term)).toSorted();
    assert.deepEqual(await found('first lantern'), [source, all.threadId, part.threadId].toSorted());
    assert.deepEqual(await found('last lantern'), [source, all.threadId].toSorted());
    assert.deepEqual(await found('hidden lantern'), []);
  }),
];

export const forkPointsChapter = chapter('forkThread: where it ends', ...points, ...userMessages, ...indexes);
