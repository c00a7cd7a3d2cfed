import { ThreadStoreError, type ErrorEffect } from './errors.ts';

/** The error of a call whose signal has fired: `deadline_exceeded` for a `TimeoutError`, else `cancelled`. */
export function abortError(signal: AbortSignal, effect: ErrorEffect): ThreadStoreError {
  const cause: unknown = signal.reason;
  return cause instanceof Error && cause.name === 'TimeoutError'
    ? new ThreadStoreError({ reason: 'DEADLINE_EXCEEDED', message: 'the deadline has passed', effect, cause })
    : new ThreadStoreError({ reason: 'CANCELLED', message: 'the call was cancelled', effect, cause });
}

/** For the time before anything was done: throws with effect `none` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal, 'none');
}

/** Settles as the promise does, or rejects with the given effect as soon as the signal fires. The work itself goes on. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined, effect: ErrorEffect): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      signal.removeEventListener('abort', onAbort);
      reject(abortError(signal, effect));
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
