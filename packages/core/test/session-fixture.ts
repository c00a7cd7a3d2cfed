import { SessionReading, type SessionState } from '../src/session-log/check-up.ts';
import type { Fields } from '../src/turn-index/event-fields.ts';
import { event, response } from './turn-fixture.ts';

/** Messages as models see them. */
export const userInput = (text: string): string =>
  response('message', { role: 'user', content: [{ type: 'input_text', text }] });
export const agentInput = (text: string): string =>
  response('message', { role: 'assistant', content: [{ type: 'output_text', text }] });

/** The items of a thread with their ordinals. */
export function itemsOf(texts: readonly string[]): [bigint, { readonly text: string; readonly item: Fields }][] {
  return texts.map((text, index) => [BigInt(index), { text, item: JSON.parse(text) as Fields }]);
}

/** The calls of a model's tools, and what answers them. */
export const calls = {
  function_call: (id: string | null, name = 'exec'): string =>
    response('function_call', { call_id: id, name, arguments: '{}' }),
  custom_tool_call: (id: string | null, name = 'patch'): string =>
    response('custom_tool_call', { call_id: id, name, input: '' }),
  local_shell_call: (id: string | null): string =>
    response('local_shell_call', { call_id: id, status: 'in_progress', action: { type: 'exec', command: ['ls'] } }),
  tool_search_call: (id: string | null, execution = 'client'): string =>
    response('tool_search_call', { call_id: id, execution, arguments: {} }),
};

export const answers = {
  function_call_output: (id: string): string => response('function_call_output', { call_id: id, output: 'ok' }),
  custom_tool_call_output: (id: string): string => response('custom_tool_call_output', { call_id: id, output: 'ok' }),
  tool_search_output: (id: string): string =>
    response('tool_search_output', { call_id: id, status: 'completed', execution: 'client', tools: [] }),
};

/** A compaction; with a history, that is all the model sees from then on. */
export const compaction = (history?: readonly unknown[]): string =>
  JSON.stringify({ type: 'compacted', payload: { message: 'so far', replacement_history: history } });

const counts = (tokens: number): Fields => ({
  input_tokens: tokens,
  cached_input_tokens: 1,
  output_tokens: 2,
  reasoning_output_tokens: 3,
  total_tokens: tokens + 2,
});

export const tokenCount = (total: number, last = 4): string =>
  event('token_count', {
    info: { total_token_usage: counts(total), last_token_usage: counts(last), model_context_window: 1_000 },
    rate_limits: null,
  });

export function stateOf(items: readonly string[]): SessionState {
  const reading = new SessionReading();
  reading.take(0n, items);
  return reading.state();
}
