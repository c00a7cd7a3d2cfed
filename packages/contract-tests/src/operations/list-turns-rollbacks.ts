import assert from 'node:assert/strict';
import { chapter } from '../chapter.ts';
import { range } from '../support/both-ways.ts';
import {
  agentSays,
  completed,
  rolledBack,
  sessionMeta,
  started,
  tokenCount,
  toolEnds,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { checksOf } from '../support/optional.ts';
import { allItems, allTurns, ordinalsOf } from '../support/pages.ts';
import { createUnmaterialised, itemsOf } from '../support/threads.ts';
import { turnCase } from '../support/turn-cases.ts';

const threeTurns = [...wholeTurn('a'), ...wholeTurn('b'), ...wholeTurn('c')];
const a = ['a', 'completed', [0, 1, 2]] as const;
const b = ['b', 'completed', [3, 4, 5]] as const;

const counts = [
  turnCase('hides the last turn', { items: [...threeTurns, rolledBack(1)], turns: [a, b], hidden: [6, 7, 8] }),
  turnCase('hides the last turns', { items: [...threeTurns, rolledBack(2)], turns: [a], hidden: range(3, 9) }),
  turnCase('hides all turns when there are no more, and not what is before them', {
    items: [sessionMeta(), ...wholeTurn('a'), ...wholeTurn('b'), rolledBack(4_294_967_295), tokenCount()],
    turns: [],
    hidden: range(1, 7),
  }),
  turnCase('hides nothing where no turn is', { items: [sessionMeta(), rolledBack(2), tokenCount()], turns: [] }),
  turnCase('hides nothing when it takes back none, and ends the open turn', {
    items: [started('a'), rolledBack(0), tokenCount(), agentSays('x')],
    turns: [
      ['a', 'inProgress', [0]],
      ['rollout-3', 'completed', [3]],
    ],
  }),
];

const places = [
  turnCase('hides what stands between the turns and the marker', {
    items: [...threeTurns, tokenCount(), sessionMeta(), rolledBack(2), tokenCount()],
    turns: [a],
    hidden: range(3, 11),
  }),
  turnCase('hides an open turn, and the next one opens after it', {
    items: [...wholeTurn('a'), started('b'), userSays('x'), rolledBack(1), agentSays('y'), completed('b')],
    turns: [a, ['rollout-6', 'completed', [6, 7]]],
    hidden: [3, 4],
  }),
  turnCase('hides turns that nobody started', {
    items: [userSays('x'), agentSays('y'), userSays('z'), rolledBack(1), userSays('w')],
    turns: [
      ['rollout-0', 'completed', [0, 1]],
      ['rollout-4', 'completed', [4]],
    ],
    hidden: [2],
  }),
  turnCase('goes on from what the one before has left', {
    items: [...threeTurns, rolledBack(1), rolledBack(1), ...wholeTurn('d'), rolledBack(1), tokenCount()],
    turns: [a],
    hidden: [...range(3, 10), 11, 12, 13],
  }),
  turnCase('hides one before it when it goes further back', {
    items: [...threeTurns, rolledBack(1), ...wholeTurn('d'), rolledBack(2), ...wholeTurn('e')],
    turns: [a, ['e', 'completed', [14, 15, 16]]],
    hidden: range(3, 13),
  }),
  turnCase('leaves the turns that follow it', {
    items: [...threeTurns, rolledBack(2), ...wholeTurn('b'), ...wholeTurn('d')],
    turns: [a, ['b', 'completed', [10, 11, 12]], ['d', 'completed', [13, 14, 15]]],
    hidden: range(3, 9),
  }),
];

const lates = [
  turnCase('hides a late item that stands in what it hides, not the turn that it belongs to', {
    items: [...wholeTurn('a'), started('b'), toolEnds('a'), completed('b'), rolledBack(1), toolEnds('a')],
    turns: [['a', 'completed', [0, 1, 2, 7]]],
    hidden: [3, 4, 5],
  }),
  turnCase('leaves no turn for what comes late and names a hidden one', {
    items: [...threeTurns, rolledBack(1), toolEnds('c'), completed('c'), started('d'), toolEnds('c')],
    turns: [a, b, ['d', 'inProgress', [12, 13]]],
    hidden: [6, 7, 8],
  }),
  turnCase('brings back an earlier turn with the same id for what comes late', {
    items: [...wholeTurn('a'), ...wholeTurn('a'), rolledBack(1), toolEnds('a')],
    turns: [['a', 'completed', [0, 1, 2, 7]]],
    hidden: [3, 4, 5],
  }),
];

const { check } = checksOf('listTurns');

const asItHappens = [
  check('is seen by everybody at once, and takes nothing from the history', async ({ store, open, factory }) => {
    const other = await open();
    const writer = await createUnmaterialised(store);
    await writer.append(...threeTurns);
    const ids = async (): Promise<string[]> => (await allTurns(other, writer.ref)).map(({ turnId }) => turnId);
    assert.deepEqual(await ids(), ['c', 'b', 'a']);
    await writer.append(rolledBack(1));
    assert.deepEqual(await ids(), ['b', 'a']);
    if (factory.capabilities.listItems) {
      assert.deepEqual(ordinalsOf(await allItems(other, writer.ref)), [...range(0, 6), 9]);
      assert.deepEqual(await other.listItems({ ...writer.ref, turnId: 'c' }), {
        items: [],
        nextCursor: null,
        backwardsCursor: null,
      });
    }
    assert.deepEqual(await itemsOf(other, writer), [...threeTurns, rolledBack(1)]);
    await writer.append(...wholeTurn('d'), rolledBack(3));
    assert.deepEqual(await ids(), []);
  }),
];

export const rollbacksChapter = chapter('listTurns: rollbacks', ...counts, ...places, ...lates, ...asItHappens);
