import { invalidField, limitExceeded, notUnicode } from '../error-factories.ts';
import type { Limits } from '../limits.ts';

/** The limits that count bytes of a text. */
export type ByteLimit = Exclude<Extract<keyof Limits, `${string}BytesMax`>, 'pageBytesMax' | 'turnBytesMax'>;

export function checkBytes(text: string, field: string, limit: ByteLimit, limits: Limits): void {
  const max = limits[limit];
  // A UTF-16 unit is one to three bytes: most texts need no count.
  if (text.length * 3 <= max) return;
  const got = Buffer.byteLength(text);
  if (got > max) throw limitExceeded({ field, limit, max, got });
}

/** A string that every database can keep: well-formed, without NUL, and within the limit. */
export function checkText(value: unknown, field: string, limit: ByteLimit, limits: Limits): string {
  if (typeof value !== 'string') throw invalidField(field, 'must be a string');
  checkBytes(value, field, limit, limits);
  checkCharacters(value, field);
  return value;
}

export function checkCharacters(text: string, field: string): void {
  if (!text.isWellFormed()) throw notUnicode(field);
  if (text.includes('\0')) throw invalidField(field, 'must not contain NUL characters');
}
