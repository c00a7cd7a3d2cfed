import { inTime, type Patience } from './in-time.ts';

/**
 * Lets so many calls of a client be under way at once, and keeps the others waiting in the order they came: a service refuses what is more
 * than it lets one tenant have, however good the reasons of a client that asks for much.
 */
export class CallsAtOnce {
  readonly #max: number;
  #underWay = 0;
  readonly #waiting = new Set<() => void>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Rejects without having begun, when the deadline passes or the signal fires before its turn. */
  async run<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#max) this.#underWay += 1;
    else await this.#turn(patience);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #turn(patience: Patience): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await inTime(promise, patience);
    } catch (error) {
      // Its turn may have come at the same moment.
      if (!this.#waiting.delete(resolve)) this.#leave();
      throw error;
    }
  }

  /** Its place goes to whoever has waited longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#underWay -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
