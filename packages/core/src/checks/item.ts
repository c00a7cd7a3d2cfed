import { invalidField, itemNotJson, limitExceeded, notUnicode } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import { jsonFaultOffset } from './json-fault.ts';
import { isRecord } from './params.ts';

/** Checks the text of an item, which is stored as it is, and returns what it says. Its size is checked before. */
export function checkItem(text: string, field: string, limits: Limits): Readonly<Record<string, unknown>> {
  if (!text.isWellFormed()) throw notUnicode(field);
  // Each level takes a character: a short text can't be too deep.
  if (text.length > limits.jsonDepthMax) checkDepth(text, field, limits.jsonDepthMax);
  const value = parse(text, field);
  if (!isRecord(value)) throw invalidField(field, 'must be a JSON object');
  if (!Object.hasOwn(value, 'type') || typeof value.type !== 'string') {
    throw invalidField(field, 'must have a member "type" that is a string');
  }
  return value;
}

function parse(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, which may be secret.
    throw itemNotJson(field, jsonFaultOffset(text) ?? text.length);
  }
}

function checkDepth(text: string, field: string, max: number): void {
  const got = jsonDepth(text);
  if (got > max) throw limitExceeded({ field, limit: 'jsonDepthMax', max, got });
}

const quote = 0x22;
const backslash = 0x5c;

/** The deepest nesting of brackets outside of strings: of valid JSON its depth, of any other text some number. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      at = stringEnd(text, at);
    } else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x7d || unit === 0x5d) {
      depth -= 1;
    }
  }
  return deepest;
}

/** Where the string that opens at `start` closes. Most of an item is strings, and `indexOf` is far faster than a loop. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}
