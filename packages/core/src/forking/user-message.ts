import { isUserInput } from '../session-log/user-input.ts';
import { isFields } from '../turn-index/event-fields.ts';
import { itemFacts, itemThatMatters } from '../turn-index/item-facts.ts';

/** Whether an item is a message of the user, as the model was given it or as a session shows it. */
export function isUserMessage(text: string): boolean {
  const item = itemThatMatters(text);
  if (item === null) return false;
  const { type, payload } = item;
  if (type === 'response_item') return isFields(payload) && isUserInput(payload);
  return itemFacts(item)?.event?.kind === 'userMessage';
}
