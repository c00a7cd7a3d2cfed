import { fold } from './fold.ts';

// Scripts that put no spaces between words: each character is a word. With the two signs that make a kana long.
const single = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\u30FC\uFF70]`;
const word = String.raw`[\p{L}\p{M}\p{N}_]`;
const run = `[${word}--${single}]`;
const runPattern = new RegExp(`^${run}`, 'v');
const wordsPattern = new RegExp(`${run}+|[${word}&&${single}]`, 'gv');

const wordLength = 64;
/** Of all words of a text, in UTF-16 units: what the index of a database can hold for one message. */
const allWordsLength = 300_000;

/** The different words of a text, folded to lower case, in the order they first appear: at most `max` of them, each cut to 64 characters. */
export function searchWords(text: string, max = 8_192): readonly string[] {
  const words = new Set<string>();
  let room = allWordsLength;
  for (const [found] of fold(text).matchAll(wordsPattern)) {
    const cut = cutWord(found);
    if (words.has(cut)) continue;
    room -= cut.length;
    if (words.size >= max || room < 0) break;
    words.add(cut);
  }
  return [...words];
}

/** The words of a folded text with the place where each begins, cut as in an index. */
export function placedWords(folded: string): { readonly at: number; readonly whole: string; readonly cut: string }[] {
  return Array.from(folded.matchAll(wordsPattern), ({ 0: whole, index: at }) => ({ at, whole, cut: cutWord(whole) }));
}

/** Whether a text begins with a character that forms words with its neighbours. */
export function isInRun(text: string): boolean {
  return runPattern.test(text);
}

/** Never half of a pair of surrogates: no database keeps that. */
function cutWord(found: string): string {
  if (found.length <= wordLength) return found;
  const cut = found.slice(0, wordLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
