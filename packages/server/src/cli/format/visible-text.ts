// Control characters, line and paragraph separators, and the marks that turn the direction of what follows: what others put
// in a name must not move the cursor, colour the screen, or read as something else.
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text from a thread's metadata as it can be printed: on one line, and without power over the terminal. */
export function visibleText(text: string): string {
  return text.toWellFormed().replaceAll(hidden, (character) => shortEscapes[character] ?? codeEscape(character));
}

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(code < 0x100 ? 2 : 4, '0');
  return code < 0x100 ? `\\x${digits}` : `\\u${digits}`;
}
