import { itemBytes } from './item.ts';

const vocabulary = 4_000;
/** Words that most messages have, and one that few have. */
export const commonWord = 'tests';
export const rareWord = 'heliotrope';

/** Small and fast, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const event = (payload: object): string => line('event_msg', payload);
const response = (payload: object): string => line('response_item', payload);

function line(type: string, payload: object): string {
  return JSON.stringify({ timestamp: '2026-01-01T12:00:00.000Z', type, payload });
}

/** The items that each turn of a session has. */
export const turnItems = 12;

/** A session as coding agents log it: turns of `turnItems` items, of `itemBytes` bytes on average, with text that people would write. */
export function* session(seed: number): Generator<string, never> {
  const next = random(seed);
  const words = (count: number): string =>
    Array.from({ length: count }, () => `w${Math.floor(vocabulary * next() ** 2).toString(36)}`).join(' ');
  for (let turn = 0; ; turn += 1) {
    const turnId = `${seed.toString(16).padStart(8, '0')}-0000-7000-8000-${turn.toString(16).padStart(12, '0')}`;
    const asked = words(30);
    const answered = `${words(60)} ${commonWord} ${words(60)}`;
    const count = event({ type: 'token_count', info: { note: words(60) }, rate_limits: null });
    yield event({ type: 'task_started', turn_id: turnId, started_at: 1_767_268_800, model_context_window: 258_400 });
    yield line('turn_context', { turn_id: turnId, cwd: '/srv/project', model: 'a-model', summary: words(150) });
    yield response({ type: 'message', role: 'user', content: [{ type: 'input_text', text: asked }] });
    yield event({ type: 'user_message', message: asked, images: [], local_images: [], text_elements: [] });
    yield response({ type: 'reasoning', summary: [], content: null, encrypted_content: words(300) });
    yield count;
    yield response({ type: 'function_call', name: 'shell', arguments: words(100), call_id: `call-${turn}` });
    yield response({ type: 'function_call_output', call_id: `call-${turn}`, output: words(300) });
    yield count;
    yield event({ type: 'agent_message', message: answered, phase: null, memory_citation: null });
    yield response({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: answered }] });
    yield event({ type: 'task_complete', turn_id: turnId, last_agent_message: null, completed_at: 1_767_268_860 });
  }
}

/** What the note in the table of a session workload says. */
export const sessionNote = `Items are those of a coding agent's sessions, of about ${itemBytes} bytes, ${turnItems} a turn; a third of them are messages, which a search finds.`;
