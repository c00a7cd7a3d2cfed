import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOfText, itemFacts } from '../src/turn-index/item-facts.ts';
import { agentSays, event, response, userSays } from './turn-fixture.ts';

function said(text: string): unknown {
  return factsOfText(text)?.said ?? null;
}

const parts = (...texts: unknown[]): unknown[] => texts.map((text) => ({ type: 'input_text', text }));
const message = (role: unknown, content: unknown): string => response('message', { role, content });
const output = (given: unknown): string => response('function_call_output', { call_id: 'c', output: given });

describe('said by people', () => {
  test.for<[string, string]>([
    [userSays('hello'), 'hello'],
    [userSays('  hello '), '  hello '],
    [userSays('# Context\nfiles\n## My request for Codex:\n fix it \n'), 'fix it'],
    [userSays('a ## My request for Codex: b ## My request for Codex: c'), 'b ## My request for Codex: c'],
    [agentSays('done', 'commentary'), 'done'],
    [agentSays('## My request for Codex: x'), '## My request for Codex: x'],
    [message('user', parts('a', 'b')), 'a b'],
    [message('user', parts('ide\n## My request for Codex:', 'fix')), 'fix'],
    [message('assistant', [{ type: 'output_text', text: 'a' }, { type: 'x' }, null, 'y', { text: 1 }]), 'a'],
  ])('%s', ([text, words]) => {
    expect(said(text)).toEqual({ by: 'people', text: words });
  });
});

describe('said by tools', () => {
  test.for<[string, string]>([
    [output('ok'), 'ok'],
    [output(parts('a', 'b')), 'a b'],
    [output('x'.repeat(70_000)), 'x'.repeat(65_536)],
    [response('custom_tool_call_output', { output: 'ok' }), 'ok'],
  ])('%#', ([text, words]) => {
    expect(said(text)).toEqual({ by: 'tool', text: words });
  });
});

describe('said by nobody', () => {
  test.for<string>([
    userSays(' \n\t'),
    userSays('ide context ## My request for Codex: \n'),
    message('developer', parts('x')),
    message('system', parts('x')),
    message(null, parts('x')),
    message('user', 'x'),
    message('user', []),
    message('user', parts('', ' ')),
    message('user', null),
    output(null),
    output({ content: 'x' }),
    output(' '),
    output([]),
    response('function_call', { name: 'x', arguments: 'x' }),
    response('reasoning', { summary: [{ type: 'summary_text', text: 'x' }] }),
    event('agent_reasoning', { text: 'x' }),
    // It is in a response item, too.
    event('item_completed', { turn_id: 'a', item: { type: 'AgentMessage', content: parts('x') } }),
    event('exec_command_end', { turn_id: 'a', stdout: 'x' }),
  ])('%s', (text) => {
    expect(said(text)).toBeNull();
  });
});

describe('no facts at all', () => {
  test.for<string>([
    '{"type":"event_msg"}',
    '{"type":"event_msg","payload":null}',
    '{"type":"event_msg","payload":[]}',
    '{"type":"event_msg","payload":"user_message"}',
    '{"type":"event_msg","payload":{}}',
    '{"type":"event_msg","payload":{"type":7}}',
    '{"type":"event_msg","payload":{"type":["user_message"],"message":"x"}}',
    '{"type":"response_item","payload":{"role":"user"}}',
    '{"type":"response_item"}',
    '{"type":"compacted"}',
    '{"type":"compacted","payload":{}}',
    '{"type":"event_msg ","payload":{"type":"user_message","message":"x"}}',
    '{"type":"turn_context","payload":{"type":"user_message","message":"event_msg"}}',
    '{"payload":{"type":"user_message","message":"event_msg"}}',
  ])('%s', (text) => {
    expect(factsOfText(text)).toBeNull();
    expect(itemFacts(JSON.parse(text) as Record<string, unknown>)).toBeNull();
  });
});

describe('the text of an item', () => {
  test('may write its names in escapes', () => {
    const text = String.raw`{"\u0074ype":"\u0065vent_msg","payl\u006fad":{"type":"user_message","message":"x"}}`;
    expect(factsOfText(text)).toEqual({
      event: { kind: 'userMessage', turnId: null },
      said: { by: 'people', text: 'x' },
    });
  });

  test('is not parsed when it can not matter', () => {
    expect(factsOfText('{"type":"session_meta", no JSON')).toBeNull();
    expect(() => factsOfText('{"type":"event_msg", no JSON')).toThrow(SyntaxError);
  });

  test('has the facts of the item, whatever the item is', () => {
    const payload = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('type', 'message', 'turn_id', 'role', 'content', 'output', 'text'), fc.jsonValue()),
      fc.record({ type: fc.constantFrom('user_message', 'message', 'task_complete'), message: fc.jsonValue() }),
    );
    const item = fc.record({ type: fc.constantFrom('event_msg', 'response_item', 'compacted', 'x'), payload });
    fc.assert(
      fc.property(item, (given) => {
        const text = JSON.stringify(given);
        expect(factsOfText(text)).toEqual(itemFacts(JSON.parse(text) as Record<string, unknown>));
      }),
      { numRuns: 500 },
    );
  });
});
