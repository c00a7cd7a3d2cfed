import { raceAbort } from '@threadstore/core/internal';
import { deadlineExceeded } from './append-stream/failures.ts';
import type { Operation } from './calls.ts';

/** How long what is to be done first may take. */
export interface Patience {
  readonly operation: Operation;
  readonly deadline: Date;
  readonly signal: AbortSignal | undefined;
}

/** What a call waits for, unless it takes longer than the call may. Then the call has had no effect. */
export async function inTime<T>(awaited: T | Promise<T>, { operation, deadline, signal }: Patience): Promise<T> {
  if (!(awaited instanceof Promise)) return awaited;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), deadline.getTime() - Date.now());
  const over = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    return await raceAbort(awaited, over, 'none');
  } catch (error) {
    throw late.signal.aborted ? deadlineExceeded(operation, 'none') : error;
  } finally {
    clearTimeout(timer);
  }
}
