const bytesMax = 10_000;
const endBytes = bytesMax / 2;
// The closing ellipsis is not part of the match: it may open the next one.
const marker = /…\d+ chars truncated(?=…)/gu;
// Three bytes for each ellipsis, and more digits than there can be characters.
const markerBytesMax = 6 + 20 + ' chars truncated'.length;

/**
 * A text of at most 10,000 bytes of UTF-8 as it is; of a longer one the whole characters of the first and the last 5,000 bytes, with the
 * number of characters that were between them. A text that was cut comes back as it is, though the marker may make it longer.
 */
export function cutText(text: string): string {
  // No character takes more than three bytes for each of its units.
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax || (bytes <= bytesMax + markerBytesMax && wasCut(text))) return text;
  const [start, end] = [startLength(text), text.length - endLength(text)];
  return `${text.slice(0, start)}…${characters(text.slice(start, end))} chars truncated…${text.slice(end)}`;
}

function wasCut(text: string): boolean {
  for (const { 0: found, index } of text.matchAll(marker)) {
    const [before, after] = [text.slice(0, index), text.slice(index + found.length + 1)];
    if (Buffer.byteLength(before) <= endBytes && Buffer.byteLength(after) <= endBytes) return true;
  }
  return false;
}

function startLength(text: string): number {
  let length = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > endBytes) break;
    length += character.length;
  }
  return length;
}

function endLength(text: string): number {
  let length = 0;
  let bytes = 0;
  // The longest character has two units, the lower one last.
  for (let at = text.length; at > 0; at = text.length - length) {
    const pair = text.slice(Math.max(at - 2, 0), at);
    const character = (pair.codePointAt(0) ?? 0) > 0xffff ? pair : text.slice(at - 1, at);
    bytes += Buffer.byteLength(character);
    if (bytes > endBytes) break;
    length += character.length;
  }
  return length;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
