import { isFields, type Fields } from './event-fields.ts';

/** Text that a search finds. */
export interface SaidText {
  readonly by: 'people' | 'tool';
  readonly text: string;
}

const toolTextLength = 64 * 1024;
/** What stands before it was put there by an editor, not by the user. */
const requestMarker = '## My request for Codex:';

export function textOfUser(message: unknown): SaidText | null {
  return typeof message === 'string' ? byPeople(requestText(message)) : null;
}

/** A user's message without what stands before the mark. */
export function requestText(message: string): string {
  const marker = message.indexOf(requestMarker);
  return marker === -1 ? message : message.slice(marker + requestMarker.length).trim();
}

export function textOfAgent(message: unknown): SaidText | null {
  return typeof message === 'string' ? byPeople(message) : null;
}

/** The text of the payload of a `response_item`. */
export function textOfResponse(payload: Fields): SaidText | null {
  switch (payload['type']) {
    case 'message':
      return textOfMessage(payload);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return textOfTool(payload['output']);
    default:
      return null;
  }
}

function textOfMessage({ role, content }: Fields): SaidText | null {
  if (role === 'user') return textOfUser(joinedParts(content));
  return role === 'assistant' ? textOfAgent(joinedParts(content)) : null;
}

function textOfTool(output: unknown): SaidText | null {
  const text = (typeof output === 'string' ? output : joinedParts(output))?.slice(0, toolTextLength);
  return text === undefined || isBlank(text) ? null : { by: 'tool', text };
}

/** The texts of the parts of a message; undefined for what has no parts. */
export function joinedParts(parts: unknown): string | undefined {
  if (!Array.isArray(parts)) return undefined;
  const texts: string[] = [];
  for (const part of parts as unknown[]) {
    if (isFields(part) && typeof part['text'] === 'string') texts.push(part['text']);
  }
  return texts.join(' ');
}

function byPeople(text: string): SaidText | null {
  return isBlank(text) ? null : { by: 'people', text };
}

function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
