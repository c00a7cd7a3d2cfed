import type { TokenUsage } from '@threadstore/core';
import { event } from '../support/events.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An item that no metadata is made from. */
export function remark(n: number | string = 0): string {
  return event('agent_message', { message: `remark ${n}` });
}

/** An item that no policy of Codex keeps. */
export function delta(): string {
  return event('agent_message_content_delta', { delta: 'x' });
}

export function metaOf(id: string, fields: Fields = {}): string {
  return JSON.stringify({ type: 'session_meta', payload: { id, timestamp: '2024-05-06T07:08:09.010Z', ...fields } });
}

export function turnContext(fields: Fields = {}): string {
  return JSON.stringify({ type: 'turn_context', payload: fields });
}

/** A `token_count` with these counts: `n` tokens in all. */
export function usage(n: number): string {
  const total = {
    input_tokens: n - 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_output_tokens: 0,
    total_tokens: n,
  };
  return event('token_count', { info: { total_token_usage: total }, rate_limits: null });
}

export function tokens(n: number): TokenUsage {
  return { inputTokens: n - 1, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0, totalTokens: n };
}

export function goal(objective: unknown): string {
  return event('thread_goal_updated', { goal: { objective, status: 'active' } });
}

export function pictures(message = ''): string {
  return event('user_message', { message, images: ['data:image/png;base64,AA=='], local_images: [] });
}
