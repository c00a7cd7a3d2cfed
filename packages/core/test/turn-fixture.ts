import { factsOfText } from '../src/turn-index/item-facts.ts';
import type { TurnEvent } from '../src/turn-index/turn-event.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The text of an event of a session. */
export function event(type: string, fields: Fields = {}): string {
  return JSON.stringify({ type: 'event_msg', payload: { type, ...fields } });
}

export function response(type: string, fields: Fields = {}): string {
  return JSON.stringify({ type: 'response_item', payload: { type, ...fields } });
}

export const started = (id: string): string => event('task_started', { turn_id: id });
export const completed = (id: string): string => event('task_complete', { turn_id: id, duration_ms: 5 });
export const aborted = (id: string | null): string => event('turn_aborted', { turn_id: id, reason: 'interrupted' });
export const failed = (message: string): string => event('error', { message, codex_error_info: null });
export const userSays = (message: string): string => event('user_message', { message });
export const agentSays = (message: string, phase: string | null = null): string =>
  event('agent_message', { message, phase });
export const reasons = (): string => event('agent_reasoning', { text: 'because' });
export const toolEnds = (id: string): string => event('exec_command_end', { turn_id: id });
export const rollsBack = (turns: number): string => event('thread_rolled_back', { num_turns: turns });
export const compacts = (): string => JSON.stringify({ type: 'compacted', payload: { message: '' } });
export const note = (text = ''): string => JSON.stringify({ type: 'note', text });

export function turnEvent(text: string): TurnEvent | null {
  return factsOfText(text)?.event ?? null;
}
