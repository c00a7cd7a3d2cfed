import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { MemoryThreadStore } from '../src/index.ts';
import { SessionReading } from '../src/session-log/check-up.ts';
import { closingItems } from '../src/session-log/closing-items.ts';
import { rollbackMarker } from '../src/session-log/rollback-marker.ts';
import type { Turn } from '../src/turns.ts';
import { newId } from './memory-fixture.ts';
import { agentInput, answers, calls, compaction, stateOf, tokenCount, userInput } from './session-fixture.ts';
import {
  aborted,
  agentSays,
  completed,
  failed,
  note,
  rollsBack,
  started,
  turnEvent,
  userSays,
} from './turn-fixture.ts';

const turn = (id: string): string[] => [started(id), userInput(id), userSays(id), agentSays('ok'), completed(id)];
const ref = (turnId: string | null, firstOrdinal: bigint, status: string): object => ({ turnId, firstOrdinal, status });

describe('how a thread was left', () => {
  test('when it is empty', () => {
    expect(new SessionReading().state()).toEqual({
      nextOrdinal: 0n,
      lastCompleteTurn: null,
      interruptedTurn: null,
      openToolCalls: [],
      tokenUsage: null,
    });
  });

  test('between turns', () => {
    expect(stateOf([...turn('a'), ...turn('b'), note()])).toMatchObject({
      nextOrdinal: 11n,
      lastCompleteTurn: ref('b', 5n, 'completed'),
      interruptedTurn: null,
    });
  });

  test('within a turn', () => {
    expect(stateOf([...turn('a'), started('b'), userInput('b')])).toMatchObject({
      lastCompleteTurn: ref('a', 0n, 'completed'),
      interruptedTurn: ref('b', 5n, 'inProgress'),
    });
  });

  test('within a turn that no event opened', () => {
    expect(stateOf([...turn('a'), userInput('b'), userSays('b'), agentSays('x')])).toMatchObject({
      lastCompleteTurn: ref('a', 0n, 'completed'),
      interruptedTurn: ref('rollout-6', 6n, 'completed'),
    });
    expect(stateOf([...turn('a'), userInput('b'), agentInput('x')])).toMatchObject({
      lastCompleteTurn: ref('a', 0n, 'completed'),
      interruptedTurn: ref(null, 5n, 'inProgress'),
    });
  });

  test('after a turn that failed or was aborted', () => {
    expect(stateOf([...turn('a'), started('b'), failed('x')])).toMatchObject({
      lastCompleteTurn: ref('b', 5n, 'failed'),
      interruptedTurn: null,
    });
    expect(stateOf([...turn('a'), started('b'), aborted('b')])).toMatchObject({
      lastCompleteTurn: ref('a', 0n, 'completed'),
      interruptedTurn: null,
    });
  });

  test('after a rollback', () => {
    expect(stateOf([...turn('a'), ...turn('b'), started('c'), rollbackMarker(2)])).toMatchObject({
      lastCompleteTurn: ref('a', 0n, 'completed'),
      interruptedTurn: null,
    });
  });
});

test('a marker rolls back as many turns as it says', () => {
  for (const turns of [1, 2 ** 32 - 1]) expect(turnEvent(rollbackMarker(turns))).toEqual({ kind: 'rolledBack', turns });
  for (const turns of [0, -1, 1.5, Number.NaN, 2 ** 32]) {
    expect(() => rollbackMarker(turns)).toThrow('turns: must be an integer from 1 to 4294967295');
  }
});

test('what an agent says and thinks is not parsed', () => {
  const parse = vi.spyOn(JSON, 'parse');
  try {
    stateOf([agentInput('x'), note(), started('a')]);
    expect(parse).toHaveBeenCalledTimes(1);
  } finally {
    parse.mockRestore();
  }
});

describe('closing items', () => {
  const kinds = (items: readonly string[]): unknown[] =>
    items.map((text) => {
      const { type, call_id: id } = (JSON.parse(text) as { payload: Record<string, string> }).payload;
      return id === undefined ? type : `${type} ${id}`;
    });
  const closing = (...items: string[]): readonly string[] => closingItems(stateOf(items));

  test('are none where nothing is open', () => {
    expect(closing()).toEqual([]);
    expect(closing(...turn('a'), calls.local_shell_call(null))).toEqual([]);
  });

  test('answer the open calls in order, each in its kind, then interrupt the turn', () => {
    const open = [
      calls.custom_tool_call('1'),
      calls.function_call('2'),
      calls.local_shell_call(null),
      calls.tool_search_call('3'),
      calls.local_shell_call('4'),
    ];
    expect(kinds(closing(started('a'), ...open))).toEqual([
      'custom_tool_call_output 1',
      'function_call_output 2',
      'tool_search_output 3',
      'function_call_output 4',
      'message',
      'turn_aborted',
    ]);
    expect(kinds(closing(started('a'), calls.function_call('1'), completed('a')))).toEqual(['function_call_output 1']);
  });

  test('say that a call was aborted', () => {
    const all = [calls.function_call('1'), calls.custom_tool_call('2'), calls.tool_search_call('3')];
    expect(closing(...all).map((text) => (JSON.parse(text) as { payload: unknown }).payload)).toEqual([
      { type: 'function_call_output', call_id: '1', output: 'aborted' },
      { type: 'custom_tool_call_output', call_id: '2', output: 'aborted' },
      { type: 'tool_search_output', call_id: '3', status: 'incomplete', execution: 'client', tools: [] },
    ]);
  });

  test('name the turn where an event named it, and the time where it is given', () => {
    const ending = (items: string[], now?: Date): unknown =>
      JSON.parse(closingItems(stateOf(items), now && { now }).at(-1) ?? 'null');
    const aborts = (fields: object): object => ({
      type: 'event_msg',
      payload: { type: 'turn_aborted', reason: 'interrupted', ...fields },
    });
    expect(ending([started('a')])).toEqual(aborts({ turn_id: 'a' }));
    expect(ending([userSays('x')])).toBeNull();
    expect(ending([userInput('x')])).toEqual(aborts({ turn_id: null }));
    expect(ending([started('a')], new Date(12_345))).toEqual(aborts({ turn_id: 'a', completed_at: 12 }));
  });

  test('tell the model, in a message that is not of the user', () => {
    const [mark = ''] = closing(started('a'));
    expect(JSON.parse(mark)).toMatchObject({
      type: 'response_item',
      payload: {
        role: 'user',
        content: [{ text: expect.stringMatching(/^<turn_aborted>\n[^]+\n<\/turn_aborted>$/) as string }],
      },
    });
    expect(stateOf([mark]).interruptedTurn).toBeNull();
  });
});

const id = fc.constantFrom('a', 'b', 'c');
const idOrNull = fc.option(id, { freq: 3 });
const item = fc.oneof(
  id.map(started),
  id.map(completed),
  idOrNull.map(aborted),
  id.map(userInput),
  id.map(userSays),
  id.map((text) => agentSays(text)),
  fc.constantFrom(note(), failed('x'), compaction(), compaction([]), tokenCount(7)),
  fc.nat({ max: 3 }).map(rollsBack),
  ...Object.values(calls).map((call) => idOrNull.map((callId) => call(callId))),
  ...Object.values(answers).map((answer) => id.map(answer)),
);
const thread = fc.array(item, { minLength: 1, maxLength: 30 });

describe('any thread', () => {
  test('has nothing open once it is closed', () => {
    fc.assert(
      fc.property(thread, (items) => {
        const left = stateOf(items);
        const closing = closingItems(left);
        const closed = stateOf([...items, ...closing]);
        expect(closed).toMatchObject({ interruptedTurn: null, openToolCalls: [] });
        expect(closed).toMatchObject({ lastCompleteTurn: left.lastCompleteTurn });
        expect(closingItems(closed)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is left the same way, whatever the batches', () => {
    fc.assert(
      fc.property(fc.array(thread, { maxLength: 5 }), (batches) => {
        const reading = new SessionReading();
        let next = 0;
        for (const batch of batches) {
          reading.take(BigInt(next), batch);
          next += batch.length;
        }
        expect({ ...reading.state(), nextOrdinal: 0 }).toEqual({ ...stateOf(batches.flat()), nextOrdinal: 0 });
      }),
      { numRuns: 300 },
    );
  });

  test('is left as its list of turns says', async () => {
    await fc.assert(
      fc.asyncProperty(thread, async (items) => {
        const store = new MemoryThreadStore();
        const threadId = newId();
        const { epoch } = await store.createThread({ threadId });
        await store.appendItems({ threadId, epoch, sequence: 0n, items });
        const list = async (): Promise<readonly Turn[]> => (await store.listTurns({ threadId })).turns;
        const state = stateOf(items);
        const active = state.interruptedTurn;
        const isActive = (shown: Turn): boolean =>
          shown.turnId === active?.turnId && shown.firstOrdinal === active.firstOrdinal;
        const turns = await list();
        const last = turns.find((shown) => ['completed', 'failed'].includes(shown.status) && !isActive(shown));
        expect(state.lastCompleteTurn).toEqual(last ? ref(last.turnId, last.firstOrdinal, last.status) : null);
        expect(turns.some(isActive)).toBe(active !== null && active.turnId !== null);

        const closing = closingItems(state);
        if (closing.length > 0) await store.appendItems({ threadId, epoch, sequence: 1n, items: closing });
        const interrupted = (await list()).find(isActive);
        expect(interrupted?.status ?? 'interrupted').toBe('interrupted');
      }),
      { numRuns: 500 },
    );
  });
});
