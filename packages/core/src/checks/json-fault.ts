/**
 * Where a text stops being JSON: the offset of the first UTF-16 unit that can't stand there, the text's length when it ends
 * too early, or null when it is JSON. For refusals only; `JSON.parse` is the faster judge.
 */
export function jsonFaultOffset(text: string): number | null {
  const scan: Scan = { text, at: 0, open: [] };
  skipSpace(scan);
  // Each round reads one value, or opens a list or object whose first member is the next value.
  for (;;) {
    const opened = readValue(scan);
    if (opened === null) return scan.at;
    if (opened) continue;
    const more = readAfterValue(scan);
    if (more === null) return scan.at;
    if (!more) return scan.at === text.length ? null : scan.at;
  }
}

interface Scan {
  readonly text: string;
  at: number;
  /** The closing brackets that are due, innermost last. No recursion: the text may be as deep as it is long. */
  readonly open: ('}' | ']')[];
}

const space = /[ \t\n\r]*/y;
const literals = ['true', 'false', 'null'];

function skip(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? '';
  scan.at += found.length;
  return found;
}

function skipSpace(scan: Scan): void {
  skip(scan, space);
}

function take(scan: Scan, character: string): boolean {
  if (scan.text[scan.at] !== character) return false;
  scan.at += 1;
  return true;
}

/** True: a list or object was opened and a value is due. False: a value was read. Null: a fault, at `scan.at`. */
function readValue(scan: Scan): boolean | null {
  const first = scan.text[scan.at];
  if (first === '{') return openObject(scan);
  if (first === '[') return openList(scan);
  const read = first === '"' ? readString(scan) : isNumberStart(first) ? readNumber(scan) : readLiteral(scan);
  return read ? false : null;
}

function openObject(scan: Scan): boolean | null {
  scan.at += 1;
  skipSpace(scan);
  if (take(scan, '}')) return false;
  scan.open.push('}');
  return readKey(scan) ? true : null;
}

function openList(scan: Scan): boolean {
  scan.at += 1;
  skipSpace(scan);
  if (take(scan, ']')) return false;
  scan.open.push(']');
  return true;
}

function readKey(scan: Scan): boolean {
  if (scan.text[scan.at] !== '"' || !readString(scan)) return false;
  skipSpace(scan);
  if (!take(scan, ':')) return false;
  skipSpace(scan);
  return true;
}

/** Commas and closing brackets. True: a value is due. False: the outermost value is complete. Null: a fault. */
function readAfterValue(scan: Scan): boolean | null {
  for (;;) {
    skipSpace(scan);
    const due = scan.open.at(-1);
    if (due === undefined) return false;
    if (take(scan, due)) {
      scan.open.pop();
      continue;
    }
    if (!take(scan, ',')) return null;
    skipSpace(scan);
    return due === ']' || readKey(scan) ? true : null;
  }
}

function readString(scan: Scan): boolean {
  scan.at += 1;
  for (;;) {
    skipStringBody(scan);
    if (take(scan, '"')) return true;
    if (!take(scan, '\\') || !readEscape(scan)) return false;
  }
}

/** What may stand between quotes as it is: everything but quotes, backslashes and control characters. */
function skipStringBody(scan: Scan): void {
  for (; scan.at < scan.text.length; scan.at += 1) {
    const unit = scan.text.charCodeAt(scan.at);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c) return;
  }
}

function readEscape(scan: Scan): boolean {
  if (take(scan, 'u')) {
    for (let digit = 0; digit < 4; digit += 1) {
      if (!/[0-9a-fA-F]/.test(scan.text[scan.at] ?? '')) return false;
      scan.at += 1;
    }
    return true;
  }
  if (!/["\\/bfnrt]/.test(scan.text[scan.at] ?? '')) return false;
  scan.at += 1;
  return true;
}

function isNumberStart(character: string | undefined): boolean {
  return character !== undefined && /[-0-9]/.test(character);
}

const digits = /[0-9]+/y;

function readNumber(scan: Scan): boolean {
  take(scan, '-');
  if (!take(scan, '0') && skip(scan, digits) === '') return false;
  if (take(scan, '.') && skip(scan, digits) === '') return false;
  if (take(scan, 'e') || take(scan, 'E')) {
    if (!take(scan, '+')) take(scan, '-');
    return skip(scan, digits) !== '';
  }
  return true;
}

function readLiteral(scan: Scan): boolean {
  const literal = literals.find((known) => known[0] === scan.text[scan.at]);
  return literal !== undefined && literal.split('').every((character) => take(scan, character));
}
