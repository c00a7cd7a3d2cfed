import type { LiveClock } from '@threadstore/core';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands until a test moves it. */
export class ManualClock implements LiveClock {
  #ms = 0;
  readonly #start: number;
  #timers: Timer[] = [];

  constructor(start: Date = new Date('2026-01-02T03:04:05.000Z')) {
    this.#start = start.getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#ms + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, and calls back what has come due, in order. */
  advance(ms: number): void {
    this.#ms += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#ms).toSorted((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter(({ at }) => at > this.#ms);
    for (const { callback } of due) callback();
  }
}
