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
  /** What another replica has shown of a thread: as a rule the same, which then takes no room of its own. */
  readonly #shown = new Map<string, readonly ReadItem[]>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  add({ via, thread, first, items }: ReadLine): void {
    const list = this.#itemsOf(via, thread);
    const shown = this.#shown.get(thread) ?? [];
    for (const [index, [hash, op, k]] of items.entries()) {
      const ordinal = first + index;
      const same = shown[list.length];
      if (same?.ordinal === ordinal && same.hash === hash && same.op === op && same.k === k) list.push(same);
      else list.push({ ordinal, hash: this.#texts.one(hash), op: this.#texts.one(op), k });
    }
  }

  end(via: string, thread: string, nextOrdinal: number): void {
    const items = this.#itemsOf(via, thread);
    this.#open.delete(`${via} ${thread}`);
    this.#shown.set(thread, items);
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
