import type { Fields } from '../src/turn-index/event-fields.ts';
import { response } from './turn-fixture.ts';

/** Messages as models see them. */
export const userInput = (text: string): string =>
  response('message', { role: 'user', content: [{ type: 'input_text', text }] });
export const agentInput = (text: string): string =>
  response('message', { role: 'assistant', content: [{ type: 'output_text', text }] });

/** The items of a thread with their ordinals. */
export function itemsOf(texts: readonly string[]): [bigint, { readonly text: string; readonly item: Fields }][] {
  return texts.map((text, index) => [BigInt(index), { text, item: JSON.parse(text) as Fields }]);
}
