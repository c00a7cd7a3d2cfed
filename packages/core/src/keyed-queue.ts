/** Runs work one piece at a time for each key, in the order of the calls; different keys don't wait for one another. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** Starts at once when the key is idle. A piece that fails rejects its own promise and does not stop those behind it. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? startNow(work) : before.then(work);
    const tail = result.then(ignore, ignore).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves when all work of the key that was given before has ended, well or not. */
  idle(key: string): Promise<void> {
    return this.#tails.get(key) ?? Promise.resolve();
  }
}

async function startNow<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}

function ignore(): void {
  // Whoever gave the work has its promise.
}
