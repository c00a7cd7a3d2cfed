import type { ThreadStoreError } from '@threadstore/core';
import { pauseMs } from '../retry.ts';

/** However long the service says to stay away. */
const pauseMsMax = 30_000;

/** Sessions that ended without a word, one after the other: each is followed by a pause, longer each time. */
export class Outage {
  /** What the last of them failed with. */
  failure: ThreadStoreError | undefined;
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  pauseAfter(failure: ThreadStoreError, then: () => void): void {
    this.failure = failure;
    this.#failures += 1;
    const ms = Math.min(pauseMs(this.#failures, failure), pauseMsMax);
    // Whoever waits has a deadline, whose timer keeps the process alive.
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      then();
    }, ms).unref();
  }

  /** The service has said something. */
  isOver(): void {
    this.#failures = 0;
    this.failure = undefined;
  }

  close(): void {
    clearTimeout(this.#pause);
  }
}
