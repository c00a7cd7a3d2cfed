import { describe, expect, test } from 'vitest';
import { agentInput, answers, calls, compaction, stateOf, userInput } from './session-fixture.ts';
import { aborted, compacts, completed, event, response, rollsBack, started, userSays } from './turn-fixture.ts';

/** The open calls as `ordinal id`. */
function open(...items: string[]): string[] {
  return stateOf(items).openToolCalls.map(({ ordinal, callId }) => `${ordinal} ${callId}`);
}

describe('a call is open', () => {
  test('until its output comes, whatever else does', () => {
    expect(stateOf([started('t'), calls.function_call('a', 'exec')]).openToolCalls).toEqual([
      { ordinal: 1n, callId: 'a', kind: 'function_call', name: 'exec', turnId: 't' },
    ]);
    expect(open(calls.function_call('a'), agentInput('x'), answers.function_call_output('b'), compacts())).toEqual([
      '0 a',
    ]);
    expect(open(calls.function_call('a'), agentInput('x'), answers.function_call_output('a'))).toEqual([]);
    expect(open(calls.function_call('null'), response('function_call_output', { call_id: null }))).toEqual(['0 null']);
  });

  test('of every kind until the output of its kind', () => {
    const all = [
      calls.function_call('a'),
      calls.custom_tool_call('a'),
      calls.local_shell_call('b'),
      calls.tool_search_call('a'),
    ];
    expect(stateOf(all).openToolCalls.map(({ kind, name, turnId }) => [kind, name, turnId])).toEqual([
      ['function_call', 'exec', null],
      ['custom_tool_call', 'patch', null],
      ['local_shell_call', null, null],
      ['tool_search_call', null, null],
    ]);
    expect(open(...all, answers.function_call_output('a'))).toEqual(['1 a', '2 b', '3 a']);
    expect(open(...all, answers.custom_tool_call_output('a'))).toEqual(['0 a', '2 b', '3 a']);
    expect(open(...all, answers.function_call_output('b'))).toEqual(['0 a', '1 a', '3 a']);
    expect(open(...all, answers.tool_search_output('a'))).toEqual(['0 a', '1 a', '2 b']);
  });

  test('after the end of its turn, too', () => {
    expect(open(started('t'), calls.function_call('a'), completed('t'), started('u'))).toEqual(['1 a']);
  });

  test('once, if its id is used again', () => {
    expect(open(calls.function_call('a'), calls.function_call('b'), calls.local_shell_call('a'))).toEqual([
      '1 b',
      '2 a',
    ]);
  });

  test('whatever its text looks like', () => {
    expect(open(calls.function_call('a').replace('function_call', '\\u0066unction_call'))).toEqual(['0 a']);
  });
});

describe('a call without an id', () => {
  const items = [started('t'), calls.local_shell_call(null)];

  test('is open while its turn is under way', () => {
    expect(open(...items)).toEqual(['1 null']);
    expect(open(...items, started('u'))).toEqual([]);
    expect(open(...items, completed('t'))).toEqual([]);
    expect(open(...items, aborted('t'))).toEqual([]);
  });

  test('is not open outside of turns', () => {
    expect(open(calls.local_shell_call(null))).toEqual([]);
  });
});

describe('no call', () => {
  test.for<[string, string]>([
    ['is what the provider searches', calls.tool_search_call('a', 'server')],
    ['is an event', event('function_call', { call_id: 'a' })],
    ['is a search of the web', response('web_search_call', { call_id: 'a' })],
    ['is a text of one', userInput('function_call')],
    ['is an item without a payload', '{"type":"response_item","payload":"function_call"}'],
    ['is a payload without a type', '{"type":"response_item","payload":{"function_call":1}}'],
  ])('%s', ([, item]) => {
    expect(open(started('t'), item)).toEqual([]);
  });
});

describe('a call is gone', () => {
  const turn = (id: string): string[] => [started(id), userInput(id), userSays(id), calls.function_call(id)];

  test('with the turn that a rollback hides', () => {
    const two = [...turn('a'), completed('a'), ...turn('b')];
    expect(open(...two, rollsBack(0))).toEqual(['3 a', '8 b']);
    expect(open(...two, rollsBack(1))).toEqual(['3 a']);
    expect(open(...two, rollsBack(9))).toEqual([]);
    expect(open(...two, rollsBack(1), ...turn('c'))).toEqual(['3 a', '13 c']);
  });

  test('with the message that a rollback takes back, in a thread without turns', () => {
    const two = [userInput('a'), calls.function_call('a'), userInput('b'), calls.function_call('b')];
    expect(open(...two, rollsBack(1))).toEqual(['1 a']);
    expect(open(...two, rollsBack(3))).toEqual([]);
    expect(open(calls.function_call('a'), rollsBack(1))).toEqual(['0 a']);
  });

  test('when a compaction replaces what the model sees', () => {
    expect(open(...turn('a'), compaction([]), calls.function_call('b'))).toEqual(['5 b']);
    expect(open(...turn('a'), compaction())).toEqual(['3 a']);
  });
});
