import type { Call } from './calls.ts';
import type { ReadLine } from './lines.ts';
import type { Texts } from './texts.ts';

/** A thread as it was read in the end, through one replica. */
export interface ThreadRead {
  readonly via: string;
  readonly thread: string;
  readonly nextOrdinal: number;
  /** In the order they were read. */
  readonly items: readonly ReadItem[];
  /** Those of them that a fork was not given by its source. */
  readonly own: readonly ReadItem[];
}

export interface ReadItem {
  readonly ordinal: number;
  readonly hash: string;
  readonly op: string;
  readonly k: number;
}

/** The reads of threads that came to their end. */
export class Reads {
  readonly #texts: Texts;
  readonly #ended: Omit<ThreadRead, 'own'>[] = [];
  readonly #open = new Map<string, ReadItem[]>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  add({ via, thread, first, items }: ReadLine): void {
    const list = this.#itemsOf(via, thread);
    for (const [index, [hash, op, k]] of items.entries())
      list.push({ ordinal: first + index, hash: this.#texts.one(hash), op: this.#texts.one(op), k });
  }

  end(via: string, thread: string, nextOrdinal: number): void {
    const items = this.#itemsOf(via, thread);
    this.#open.delete(`${via} ${thread}`);
    this.#ended.push({ via, thread, nextOrdinal, items });
  }

  ended(forks: readonly Call<'fork'>[]): readonly ThreadRead[] {
    const inherited = new Map(forks.map(({ thread, answer }) => [thread, answer?.nextOrdinal ?? 0]));
    return this.#ended.map((read) => {
      const from = inherited.get(read.thread) ?? 0;
      return { ...read, own: from === 0 ? read.items : read.items.filter(({ ordinal }) => ordinal >= from) };
    });
  }

  #itemsOf(via: string, thread: string): ReadItem[] {
    const key = `${via} ${thread}`;
    let items = this.#open.get(key);
    if (items === undefined) this.#open.set(key, (items = []));
    return items;
  }
}
