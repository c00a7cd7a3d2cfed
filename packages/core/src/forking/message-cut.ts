import { ForkCutReading } from '../session-log/fork-cut.ts';
import { itemThatMatters } from '../turn-index/item-facts.ts';

/** Reads the texts of a thread's items, all from the first on, to find where a fork ends that ends before a message of the user. */
export class MessageCut {
  readonly #reading = new ForkCutReading();
  #next = 0n;

  take(text: string): void {
    const item = itemThatMatters(text);
    if (item !== null) this.#reading.take(this.#next, item);
    this.#next += 1n;
  }

  /** The first ordinal that a fork before the n-th message does not get; `null` for a fork of all items. */
  cutBefore(n: number): bigint | null {
    return this.#reading.cutBefore(n);
  }
}
