import { isUtf8 } from 'node:buffer';
import { badResponse, notUnicode } from './fault.ts';
import { surrogateOffset, textToWire } from './text.ts';

/** The bytes of each item. Refuses text with a lone surrogate: its bytes would say something else. */
export function itemsToWire(items: readonly string[]): Uint8Array[] {
  checkItems(items);
  return items.map((item) => Buffer.from(item, 'utf8'));
}

/** How many bytes each item takes. Refuses as `itemsToWire` does. */
export function itemLengths(items: readonly string[]): number[] {
  checkItems(items);
  return items.map((item) => Buffer.byteLength(item, 'utf8'));
}

function checkItems(items: readonly string[]): void {
  const bad = items.findIndex((item) => !item.isWellFormed());
  if (bad !== -1) throw notUnicode(`items[${bad}]`, surrogateOffset(items[bad] ?? ''));
}

export function itemToWire(item: string, field: string): Uint8Array {
  return Buffer.from(textToWire(item, field), 'utf8');
}

/** The texts of the items of a request. Refuses bytes that are not UTF-8, with the offset of the first that is wrong. */
export function itemsFromRequest(items: readonly Uint8Array[]): string[] {
  return items.map((item, index) => {
    if (!isUtf8(item)) throw notUnicode(`items[${index}]`, malformedOffset(item));
    return textOf(item);
  });
}

/** The texts of the items of an answer. */
export function itemsFromResponse(items: readonly Uint8Array[]): string[] {
  return items.map((item, index) => itemFromResponse(item, `items[${index}]`));
}

export function itemFromResponse(item: Uint8Array, field: string): string {
  if (!isUtf8(item)) throw badResponse(field, 'not UTF-8');
  return textOf(item);
}

function textOf(bytes: Uint8Array): string {
  // The transport's messages are Buffers, and their parts with them. To make one takes three times as long as the text of 800 bytes.
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8');
}

/** Where the first malformed sequence of the bytes starts. */
function malformedOffset(bytes: Uint8Array): number {
  // Decoding replaces what is malformed by U+FFFD, so the first byte that comes back different is in its place, or right after
  // bytes that happen to start like U+FFFD.
  const repaired = Buffer.from(textOf(bytes), 'utf8');
  let offset = 0;
  while (offset < bytes.length && bytes[offset] === repaired[offset]) offset += 1;
  while (((repaired[offset] ?? 0) & 0xc0) === 0x80) offset -= 1;
  return offset;
}
