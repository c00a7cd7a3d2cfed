import type { Fields } from '../turn-index/event-fields.ts';
import { itemFacts } from '../turn-index/item-facts.ts';
import { TurnReading } from './turn-reading.ts';

/** Reads a thread, from its first item on, to find out where a fork of it ends. */
export class ForkCutReading {
  readonly #turns = new TurnReading();

  take(ordinal: bigint, item: Fields): void {
    this.#turns.take(ordinal, item, itemFacts(item)?.event ?? null);
  }

  /**
   * The ordinal before which a fork before the n-th user message, counted from 0, keeps the items; `null` for all. Where there are no
   * more than n messages, only a turn that is under way is left out: what it would have come to is not known.
   */
  cutBefore(n: number): bigint | null {
    return this.#turns.userMessages[n] ?? this.#turns.active()?.opensAt ?? null;
  }
}
