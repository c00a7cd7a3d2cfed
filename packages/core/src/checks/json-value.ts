import { invalidField, limitExceeded } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { JsonValue } from '../thread.ts';
import { checkBytes, checkCharacters } from './text.ts';

/** A deep copy of a JSON value of a thread's metadata, small and shallow enough to be stored. */
export function checkJsonValue(value: unknown, field: string, limits: Limits): JsonValue {
  checkNode(value, field, 0, limits);
  const text = JSON.stringify(value);
  checkBytes(text, field, 'metadataValueBytesMax', limits);
  // Parsing makes every key an own one, `__proto__` too, where copying would set a prototype.
  return JSON.parse(text) as JsonValue;
}

function checkNode(value: unknown, field: string, depth: number, limits: Limits): void {
  switch (typeof value) {
    case 'string':
      return checkCharacters(value, field);
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw invalidField(field, 'must be a JSON value (got a number that is not finite)');
      return;
    case 'object':
      if (value !== null) checkMembers(value, field, depth + 1, limits);
      return;
    default:
      throw invalidField(field, `must be a JSON value (got a value of type ${typeof value})`);
  }
}

function checkMembers(value: object, field: string, depth: number, limits: Limits): void {
  const max = limits.jsonDepthMax;
  // Also what ends a value that contains itself.
  if (depth > max) throw limitExceeded({ field, limit: 'jsonDepthMax', max, got: depth });
  if (Array.isArray(value)) {
    // By index: a hole is an undefined member, which for-of shows and forEach skips.
    for (const member of value as unknown[]) checkNode(member, field, depth, limits);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw invalidField(field, 'must be a JSON value (got an object that is not a plain one)');
  }
  for (const [key, member] of Object.entries(value)) {
    checkCharacters(key, field);
    checkNode(member, field, depth, limits);
  }
}
