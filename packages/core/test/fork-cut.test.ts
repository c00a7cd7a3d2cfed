import { describe, expect, test } from 'vitest';
import { ForkCutReading } from '../src/session-log/fork-cut.ts';
import { agentInput, itemsOf, userInput } from './session-fixture.ts';
import { aborted, agentSays, compacts, completed, failed, note, rollsBack, started, userSays } from './turn-fixture.ts';

const beyond = 99;

function cut(items: readonly string[], n = beyond): number | null {
  const reading = new ForkCutReading();
  for (const [ordinal, { item }] of itemsOf(items)) reading.take(ordinal, item);
  const ordinal = reading.cutBefore(n);
  return ordinal === null ? null : Number(ordinal);
}

/** A turn as an agent writes it: six items, the user's message third. */
const turn = (id: string): string[] => [
  started(id),
  userInput('<environment_context></environment_context>'),
  userInput(id),
  userSays(id),
  agentSays('ok'),
  completed(id),
];

describe('a thread is mid-turn', () => {
  test('when it ends with an explicit open turn in progress: from its opening', () => {
    expect(cut([...turn('a'), started('b'), userInput('b'), agentInput('x')])).toBe(6);
    expect(cut([started('a')])).toBe(0);
    expect(cut([...turn('a'), compacts(), started('b'), completed('a'), note()])).toBe(7);
  });

  test('not when its explicit open turn has another status', () => {
    expect(cut([...turn('a'), started('b'), userInput('b'), aborted('b')])).toBeNull();
    expect(cut([...turn('a'), started('b'), userInput('b'), failed('x')])).toBeNull();
    expect(cut([started('b'), aborted(null), userInput('b')])).toBeNull();
  });

  test('not without an explicit open turn and without a user message', () => {
    expect(cut([])).toBeNull();
    expect(cut([note(), agentSays('x')])).toBeNull();
    expect(cut([userInput('<skill></skill>'), compacts()])).toBeNull();
    expect(cut([userInput('a'), rollsBack(1)])).toBeNull();
    expect(cut([userSays('a'), agentSays('x'), userSays('b')])).toBeNull();
  });

  test('when no turn ended after the last user message: from that message', () => {
    expect(cut([...turn('a'), userInput('b'), agentInput('x')])).toBe(6);
    expect(cut([...turn('a'), started('b'), userInput('b'), rollsBack(1), userInput('c')])).toBe(9);
  });

  test('otherwise not', () => {
    expect(cut(turn('a'))).toBeNull();
    expect(cut([userInput('a'), userSays('a'), aborted(null)])).toBeNull();
    expect(cut([...turn('a'), started('b'), userInput('b'), rollsBack(1)])).toBeNull();
  });
});

describe('a fork before the n-th user message keeps', () => {
  const midTurn = [...turn('a'), ...turn('b'), started('c'), userInput('c')];

  test('what is before it, n in range, mid-turn or not', () => {
    expect([0, 1].map((n) => cut([...turn('a'), ...turn('b')], n))).toEqual([2, 8]);
    expect([0, 1, 2].map((n) => cut(midTurn, n))).toEqual([2, 8, 13]);
  });

  test('what is before it, counted after a rollback', () => {
    const rolledBack = [...turn('a'), ...turn('b'), rollsBack(1), ...turn('c')];
    expect([0, 1, 2].map((n) => cut(rolledBack, n))).toEqual([2, 15, null]);
  });

  test('all, n the greatest number, not mid-turn', () => {
    expect(cut(turn('a'), Number.MAX_SAFE_INTEGER)).toBeNull();
  });

  test('all, n at least the number of messages, not mid-turn', () => {
    expect([1, 2].map((n) => cut(turn('a'), n))).toEqual([null, null]);
  });

  test("what is before the active turn's opening, n at least the number of messages, mid-turn", () => {
    expect([3, 4, Number.MAX_SAFE_INTEGER].map((n) => cut(midTurn, n))).toEqual([12, 12, 12]);
  });

  test('what is before the last user message, mid-turn without an opening', () => {
    expect([2, 3].map((n) => cut([...turn('a'), userInput('b')], n))).toEqual([6, 6]);
  });

  test('nothing, when that is all there was', () => {
    expect(cut([userInput('a'), agentInput('x')], 0)).toBe(0);
  });
});
