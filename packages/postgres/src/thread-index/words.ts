import { createHash } from 'node:crypto';
import { type SearchTerm, searchWords } from '@threadstore/core/internal';

/** A text search vector has room for a MiB of words. */
const wordBytesMax = 1_000_000;

/** The words of a tenant as the index has them: none of them is a word of another tenant. */
export class TenantWords {
  readonly #mark: string;

  constructor(tenant: string) {
    this.#mark = `${createHash('sha256').update(tenant).digest('hex').slice(0, 8)}:`;
  }

  /** The words of a text, with a space between them. Empty when there are none. */
  of(text: string): string {
    const words: string[] = [];
    let bytes = 0;
    for (const word of searchWords(text)) {
      const marked = `${this.#mark}${word}`;
      bytes += Buffer.byteLength(marked);
      if (bytes > wordBytesMax) break;
      words.push(marked);
    }
    return words.join(' ');
  }

  /** A `tsquery` for messages that have all words of a term. Words hold nothing that would need an escape. */
  query({ words, lastWordStart }: SearchTerm): string {
    const parts = words.map((word) => `'${this.#mark}${word}'`);
    if (lastWordStart !== null) parts.push(`'${this.#mark}${lastWordStart}':*`);
    return parts.join(' & ');
  }
}

/** SQL for words that were sent as one text. */
export function vectorOf(words: string): string {
  return `array_to_tsvector(string_to_array(${words}, ' '))`;
}
