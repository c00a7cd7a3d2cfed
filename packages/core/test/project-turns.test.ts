import { describe, expect, test } from 'vitest';
import { ThreadIndex } from '../src/memory/thread-index.ts';
import { factsOfText } from '../src/turn-index/item-facts.ts';
import { summaryOrdinals, turnOf } from '../src/turn-index/turn-view.ts';
import {
  aborted,
  agentSays,
  compacts,
  completed,
  event,
  failed,
  note,
  reasons,
  rollsBack,
  started,
  toolEnds,
  userSays,
} from './turn-fixture.ts';

function indexOf(...items: readonly string[]): ThreadIndex {
  const index = new ThreadIndex();
  index.add(
    0n,
    items.map((item) => factsOfText(item)),
  );
  return index;
}

/** A message of the user as newer logs have it. */
function message(turnId: string): string {
  return event('item_completed', { turn_id: turnId, item: { type: 'UserMessage', content: [] } });
}

/** A turn as `id status: ordinals of its items`. */
function turns(...items: readonly string[]): string[] {
  const index = indexOf(...items);
  return index.turns.map(
    (turn) => `${turn.turnId} ${turn.status}: ${index.itemsOfTurn(turn, BigInt(items.length)).join(' ')}`,
  );
}

describe('turns', () => {
  test.for<[string, string[], string[]]>([
    ['nothing that is shown', [note(), event('token_count')], []],
    [
      'an event opens one and another closes it',
      [note(), started('a'), note(), completed('a'), note()],
      ['a completed: 1 2 3'],
    ],
    ['without an end it is in progress', [started('a'), userSays('x')], ['a inProgress: 0 1']],
    ['the next one ends it as it is', [started('a'), note(), started('b')], ['a inProgress: 0 1', 'b inProgress: 2']],
    [
      'messages in it stay in it',
      [started('a'), userSays('x'), agentSays('y'), userSays('z')],
      ['a inProgress: 0 1 2 3'],
    ],
    [
      'a message that names its turn is in it, opens it where nothing is open, and joins what is open else',
      [message('a'), message('a'), message('b'), started('c'), message('d'), completed('c'), message('a')],
      ['a completed: 0 1 6', 'b completed: 2', 'c completed: 3 4 5'],
    ],
    ['what is shown opens one', [note(), reasons(), note()], ['rollout-1 completed: 1 2']],
    [
      'each message of the user opens one',
      [userSays('x'), agentSays('y'), userSays('z')],
      ['rollout-0 completed: 0 1', 'rollout-2 completed: 2'],
    ],
    ['a message after nothing but a compaction does not', [compacts(), userSays('x')], ['rollout-0 completed: 0 1']],
    [
      'a message after a compaction and an answer does',
      [compacts(), reasons(), userSays('x')],
      ['rollout-0 completed: 0 1', 'rollout-2 completed: 2'],
    ],
    ['a compaction joins the open one', [userSays('x'), compacts()], ['rollout-0 completed: 0 1']],
    ['an empty answer opens none', [agentSays('')], []],
    ['a failure opens none', [failed('no')], []],
    [
      'a failed one stays open, and failed',
      [started('a'), failed('no'), note(), completed('a')],
      ['a failed: 0 1 2 3'],
    ],
    [
      'an interrupted one stays open, and interrupted',
      [started('a'), aborted('a'), reasons(), completed('a'), note()],
      ['a interrupted: 0 1 2 3'],
    ],
    ['an interruption without an id', [started('a'), aborted(null)], ['a interrupted: 0 1']],
    ['an interruption of nothing', [aborted(null), aborted('a')], []],
    ['an end of nothing', [completed('a')], []],
    ['an end with an unknown id', [started('a'), completed('z'), note()], ['a completed: 0 1']],
    [
      'an end of an earlier one',
      [started('a'), started('b'), completed('a'), note()],
      ['a completed: 0 2', 'b inProgress: 1 3'],
    ],
    [
      'an interruption of an earlier one',
      [started('a'), completed('a'), started('b'), aborted('a')],
      ['a interrupted: 0 1 3', 'b inProgress: 2'],
    ],
    [
      'a late item, and one that names nothing',
      [started('a'), completed('a'), toolEnds('a'), toolEnds('z')],
      ['a completed: 0 1 2'],
    ],
    [
      'a late item goes to the latest of that id',
      [started('a'), started('a'), started('b'), toolEnds('a')],
      ['a inProgress: 0', 'a inProgress: 1 3', 'b inProgress: 2'],
    ],
    [
      'an end with an error',
      [started('a'), event('task_complete', { turn_id: 'a', error: { message: 'no' } })],
      ['a failed: 0 1'],
    ],
    ['a rollback of one', [started('a'), started('b'), rollsBack(1), note()], ['a inProgress: 0']],
    ['a rollback of none closes', [started('a'), rollsBack(0), note()], ['a inProgress: 0']],
    ['a rollback of more than there are', [note(), started('a'), started('b'), rollsBack(9)], []],
    ['a rollback with nothing before it', [note(), rollsBack(1), started('a')], ['a inProgress: 2']],
    [
      'the id of a hidden turn is unknown',
      [started('a'), rollsBack(1), started('b'), toolEnds('a'), completed('a')],
      ['b completed: 2 3 4'],
    ],
  ])('%s', ([, items, expected]) => {
    expect(turns(...items)).toEqual(expected);
  });

  test('have the error of the last failure, and the times of their events', () => {
    const [turn] = indexOf(
      event('task_started', { turn_id: 'a', started_at: 1 }),
      failed('first'),
      failed('second'),
      event('task_complete', { turn_id: 'a', completed_at: 3, duration_ms: 2_000 }),
    ).turns;
    expect(turn && turnOf(turn, 'notLoaded', [])).toEqual({
      turnId: 'a',
      firstOrdinal: 0n,
      status: 'failed',
      error: { message: 'second', additionalDetails: null },
      startedAt: new Date(1_000),
      completedAt: new Date(3_000),
      durationMs: 2_000,
      itemsView: 'notLoaded',
      items: [],
    });
  });
});

describe('a rollback', () => {
  const hidden = (...items: readonly string[]): number[] => {
    const index = indexOf(...items);
    return [...items.keys()].filter((ordinal) => index.hiding(BigInt(ordinal)) !== undefined);
  };

  test.for<[string, string[], number[]]>([
    [
      'hides from the first turn up to the marker',
      [note(), started('a'), started('b'), completed('b'), note(), rollsBack(1), note()],
      [2, 3, 4],
    ],
    [
      'hides what is between turns with the turn before',
      [started('a'), completed('a'), note(), started('b'), rollsBack(1)],
      [3],
    ],
    ['hides nothing before the first turn', [note(), started('a'), rollsBack(5)], [1]],
    ['hides nothing without a turn', [note(), rollsBack(1)], []],
    ['of none hides nothing', [started('a'), rollsBack(0)], []],
    ['swallows an earlier one', [started('a'), started('b'), rollsBack(1), note(), rollsBack(1), note()], [0, 1, 2, 3]],
    ['leaves an earlier one alone', [started('a'), started('b'), rollsBack(1), started('c'), rollsBack(1)], [1, 3]],
    ['hides late items', [started('a'), completed('a'), started('b'), toolEnds('a'), rollsBack(1)], [2, 3]],
  ])('%s', ([, items, ordinals]) => {
    expect(hidden(...items)).toEqual(ordinals);
  });

  test('leaves the marker and what follows outside of all turns', () => {
    const index = indexOf(started('a'), started('b'), rollsBack(1), note());
    expect([0n, 2n, 3n].map((ordinal) => index.turnOfItem(ordinal)?.turnId)).toEqual(['a', undefined, undefined]);
  });
});

describe('a summary', () => {
  test.for<[string, string[], bigint[]]>([
    [
      'the first message of the user and the last answer',
      [started('a'), userSays('x'), agentSays('1'), userSays('y'), agentSays('2'), completed('a')],
      [1n, 4n],
    ],
    [
      'a final answer before a later one',
      [started('a'), agentSays('1', 'final_answer'), agentSays('2'), completed('a')],
      [1n],
    ],
    ['the last final answer', [started('a'), agentSays('1', 'final_answer'), agentSays('2', 'final_answer')], [2n]],
    ['no commentary', [started('a'), userSays('x'), agentSays('1', 'commentary'), completed('a')], [1n]],
    ['no answer while the turn goes on', [started('a'), userSays('x'), agentSays('1')], [1n]],
    ['an answer of an interrupted turn', [started('a'), agentSays('1'), aborted('a')], [1n]],
    ['an answer of a turn that the next one ended', [started('a'), agentSays('1'), started('b')], [1n]],
    ['an answer of a turn that nobody started', [agentSays('1')], [0n]],
    ['an answer before the message', [started('a'), agentSays('1', 'final_answer'), userSays('x')], [1n, 2n]],
    ['nothing', [started('a'), reasons(), completed('a')], []],
  ])('%s', ([, items, ordinals]) => {
    const [turn] = indexOf(...items).turns;
    expect(turn && summaryOrdinals(turn)).toEqual(ordinals);
  });
});
