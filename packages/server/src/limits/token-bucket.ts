/** How much may come at once, in seconds of the rate. */
const burstSeconds = 2;

/**
 * Lets so much pass in a second on average. What passes is taken off even when less is left: who took it waits the longer. So that
 * something larger than the bucket can pass at all.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #max: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perMs = perSecond / 1_000;
    this.#max = perSecond * burstSeconds;
    this.#now = now;
    this.#left = this.#max;
    this.#at = now();
  }

  take(amount: number): void {
    if (this.#max === Number.POSITIVE_INFINITY) return;
    this.#fill();
    this.#left -= amount;
  }

  /** Some of what was taken did not pass after all. */
  give(amount: number): void {
    this.#left = Math.min(this.#max, this.#left + amount);
  }

  /** Milliseconds until something may pass; 0 when it may now. */
  get waitMs(): number {
    if (this.#max === Number.POSITIVE_INFINITY) return 0;
    this.#fill();
    return this.#left > 0 ? 0 : Math.ceil(-this.#left / this.#perMs) || 1;
  }

  /** Whether nothing of it is missing: then a new one is as good. */
  get isFull(): boolean {
    if (this.#max === Number.POSITIVE_INFINITY) return true;
    this.#fill();
    return this.#left >= this.#max;
  }

  #fill(): void {
    const now = this.#now();
    this.#left = Math.min(this.#max, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
