import { fitText } from '../turn-index/event-fields.ts';
import { collapseSpace, fold } from './fold.ts';
import { isInRun, placedWords } from './words.ts';

/** A search term that was checked. */
export interface SearchTerm {
  /** As given, without white space at its ends. */
  readonly text: string;
  /** What every message that matches has among its `searchWords`: whole words, and the start of one. */
  readonly words: readonly string[];
  readonly lastWordStart: string | null;
}

const charactersBefore = 48;
const charactersAfter = 96;

export function searchTerm(text: string): SearchTerm {
  const folded = fold(collapseSpace(text));
  const words = placedWords(folded);
  const last = words.at(-1);
  // A word at the end of the term may go on in the message, unless it is a character of a script without spaces.
  const isOpen = last !== undefined && last.at + last.whole.length === folded.length && isInRun(last.whole);
  const whole = isOpen ? words.slice(0, -1) : words;
  return {
    text: text.trim(),
    words: [...new Set(whole.map(({ cut }) => cut))],
    lastWordStart: isOpen ? last.cut : null,
  };
}

/** The snippet around the first place where a text matches, or null. */
export function matchSnippet(text: string, term: SearchTerm): string | null {
  const shown = collapseSpace(fitText(text));
  const folded = fold(shown);
  const sought = fold(collapseSpace(term.text));
  for (let at = folded.indexOf(sought); at !== -1; at = folded.indexOf(sought, at + 1)) {
    if (isAtWordStart(folded, at)) return snippet(shown, at, at + sought.length);
  }
  return null;
}

function isAtWordStart(folded: string, at: number): boolean {
  return !isInRun(characterAt(folded, at)) || !isInRun(characterBefore(folded, at));
}

function characterAt(text: string, at: number): string {
  return text.slice(at, at + 2);
}

function characterBefore(text: string, at: number): string {
  const start = isLowSurrogate(text, at - 1) ? at - 2 : at - 1;
  return text.slice(Math.max(start, 0), at);
}

function snippet(text: string, matchStart: number, matchEnd: number): string {
  let start = Math.max(matchStart - charactersBefore, 0);
  let end = Math.min(matchEnd + charactersAfter, text.length);
  // No half characters at the cuts.
  if (isLowSurrogate(text, start)) start += 1;
  if (isLowSurrogate(text, end)) end -= 1;
  return `${start > 0 ? '...' : ''}${text.slice(start, end)}${end < text.length ? '...' : ''}`;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
