import { factsOfText } from '@threadstore/core/internal';
import { arrayMember, asObject, objectMember, textMember, type JsonObject } from '../import/json-members.ts';

/** More than any terminal has columns. */
const lengthMax = 2_000;

/** What people, agents or tools say in an item, on one line and as far as a table shows it; empty when nobody says anything. */
export function saidText(item: string): string {
  const said = factsOfText(item)?.said?.text ?? completedText(item);
  return said.slice(0, lengthMax).replaceAll(/\s+/g, ' ').trim();
}

/** Of a message that stands in an `item_completed` event. A search finds it in the response item beside it. */
function completedText(item: string): string {
  const payload = objectMember(asObject(JSON.parse(item)), 'payload');
  const completed = textMember(payload, 'type') === 'item_completed' ? objectMember(payload, 'item') : undefined;
  const isMessage = ['UserMessage', 'AgentMessage'].includes(textMember(completed, 'type') ?? '');
  return isMessage ? partTexts(completed).join(' ') : '';
}

function partTexts(message: JsonObject | undefined): readonly string[] {
  return arrayMember(message, 'content').flatMap((part) => textMember(asObject(part), 'text') ?? []);
}
