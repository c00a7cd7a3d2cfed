/** When somebody who is refused alone should come again. */
const shortestMs = 100;
/** Nobody is told to wait longer, however many there are. */
const longestMs = 4_000;
/** Returns of those who were refused: what a refusal of them all costs. */
const returnsPerSecond = 500;

/**
 * Tells those who are refused when to come again: the more of them there are, the later, so that a crowd that waits does not cost what
 * the calls that are let in need.
 */
export class Pushback {
  readonly #now: () => number;
  #lastReturnAt = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds. */
  next(): number {
    const now = this.#now();
    const next = Math.max(now + shortestMs, this.#lastReturnAt + 1_000 / returnsPerSecond);
    this.#lastReturnAt = Math.min(next, now + longestMs);
    return this.#lastReturnAt - now;
  }
}
