import type { SessionSource } from '@threadstore/core';
import { invalidRequest, type Fault } from './fault.ts';
import { jsonFromWire, jsonToWire } from './json.ts';
import { textToWire } from './text.ts';

/** On the wire a structured source is the JSON text of an object, a plain one the word itself. A brace tells them apart. */
export function sourceToWire(source: SessionSource, field: string): string {
  if (typeof source !== 'string') return jsonToWire(source, field);
  if (source.startsWith('{')) throw invalidRequest(field, 'a plain origin must not start with "{"');
  return textToWire(source, field);
}

export function sourceFromWire(text: string, field: string, fault: Fault): SessionSource {
  // What starts with a brace is, when it is JSON at all, an object.
  return text.startsWith('{') ? (jsonFromWire(text, field, fault) as SessionSource) : text;
}
