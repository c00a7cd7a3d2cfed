import { isFields, type Fields } from './event-fields.ts';
import { textOfAgent, textOfResponse, textOfUser, type SaidText } from './said-text.ts';
import { sessionEvent, shown } from './session-event.ts';
import type { TurnEvent } from './turn-event.ts';

export type { SaidText } from './said-text.ts';

/** What the indexes take from an item; an item that has neither has no facts. */
export interface ItemFacts {
  readonly event: TurnEvent | null;
  readonly said: SaidText | null;
}

/** Of an item that was parsed. */
export function itemFacts(item: Fields): ItemFacts | null {
  const { type, payload } = item;
  switch (type) {
    case 'event_msg':
      return isFields(payload) ? eventFacts(payload) : null;
    case 'response_item':
      return isFields(payload) ? responseFacts(payload) : null;
    case 'compacted':
      return isFields(payload) && typeof payload['message'] === 'string' ? compaction : null;
    default:
      return null;
  }
}

/** Of the text of a stored item. */
export function factsOfText(text: string): ItemFacts | null {
  const item = itemThatMatters(text);
  return item && itemFacts(item);
}

/** The item of a stored text, if it is of a type that can have facts. Most texts are not parsed for it. */
export function itemThatMatters(text: string): Fields | null {
  if (!typesThatMatter.some((type) => text.includes(type))) return null;
  const item: unknown = JSON.parse(text);
  return isFields(item) ? item : null;
}

// An escape may stand for any character of a type's name.
const typesThatMatter = ['event_msg', 'response_item', 'compacted', '\\u'];

const compaction: ItemFacts = { event: { kind: 'compacted' }, said: null };

function eventFacts(payload: Fields): ItemFacts | null {
  const event = sessionEvent(payload);
  if (event === null) return null;
  return { event, said: eventText(event, payload) };
}

/** Logs with messages as `item_completed` have the text in a response item, too. */
function eventText({ kind }: TurnEvent, { message }: Fields): SaidText | null {
  if (kind === 'userMessage') return textOfUser(message);
  return kind === 'agentMessage' ? textOfAgent(message) : null;
}

function responseFacts(payload: Fields): ItemFacts | null {
  const said = textOfResponse(payload);
  if (said === null) return null;
  return { event: isHookPrompt(payload) ? shown : null, said };
}

const hookPromptStart = /^\s*<hook_prompt\s[^>]*\bhook_run_id="[^"]+"[^>]*>/;
const hookPromptEnd = /<\/hook_prompt>\s*$/;

/** Of a message from a hook, which a session shows; all other response items are in a session only once more. */
function isHookPrompt({ type, role, content }: Fields): boolean {
  return type === 'message' && role === 'user' && Array.isArray(content) && content.every(isHookPart);
}

/** Of the content of a message. */
export function isHookPart(part: unknown): boolean {
  if (!isFields(part) || typeof part['text'] !== 'string') return false;
  return hookPromptStart.test(part['text']) && hookPromptEnd.test(part['text']);
}
