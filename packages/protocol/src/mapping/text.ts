import { notUnicode } from './fault.ts';

/** A string as protobuf can carry it: a lone surrogate would silently become U+FFFD. */
export function textToWire(text: string, field: string): string {
  if (!text.isWellFormed()) throw notUnicode(field, surrogateOffset(text));
  return text;
}

/** The first UTF-16 unit of a text that is half of a pair and stands alone. */
export function surrogateOffset(text: string): number {
  const repaired = text.toWellFormed();
  let offset = 0;
  while (offset < text.length && text.charCodeAt(offset) === repaired.charCodeAt(offset)) offset += 1;
  return offset;
}
