import { abortError, throwIfAborted } from './abort.ts';

/**
 * Does work when its turn comes: `wait` puts it where it has to wait. A signal that fires meanwhile ends the wait at once, and the
 * work is not done.
 */
export function inTurn<T>(
  signal: AbortSignal | undefined,
  wait: (turn: () => Promise<T>) => Promise<T>,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return wait(work);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal, 'none'));
    signal.addEventListener('abort', onAbort, { once: true });
    const turn = async (): Promise<T> => {
      signal.removeEventListener('abort', onAbort);
      throwIfAborted(signal);
      return await work();
    };
    wait(turn).then(resolve, reject);
  });
}
