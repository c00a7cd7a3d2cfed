import { abortError, KeyedQueue, throwIfAborted } from '@threadstore/core/internal';

/** Makes the writes of each thread one after the other, in the order of the calls. */
export class OrderedCalls {
  readonly #queue = new KeyedQueue();

  /**
   * Runs when all calls of the thread that were given before have ended, well or not. A signal that fires while it waits takes it
   * out: nothing is sent, and the wait ends at once.
   */
  run<T>(threadId: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (signal !== undefined) reject(abortError(signal, 'none'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const turn = async (): Promise<T> => {
        signal?.removeEventListener('abort', onAbort);
        throwIfAborted(signal);
        return await work();
      };
      this.#queue.run(threadId, turn).then(resolve, reject);
    });
  }
}
