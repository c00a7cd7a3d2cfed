import { isUtf8 } from 'node:buffer';
import { badResponse, notUnicode } from './fault.ts';
import { surrogateOffset } from './text.ts';

/** The bytes of each item. Refuses text with a lone surrogate: its bytes would say something else. */
export function itemsToWire(items: readonly string[]): Uint8Array[] {
  return items.map((item, index) => {
    if (!item.isWellFormed()) throw notUnicode(`items[${index}]`, surrogateOffset(item));
    return Buffer.from(item, 'utf8');
  });
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
  return items.map((item, index) => {
    if (!isUtf8(item)) throw badResponse(`items[${index}]`, 'not UTF-8');
    return textOf(item);
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
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
