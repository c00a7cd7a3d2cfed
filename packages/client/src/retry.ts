import { setTimeout as sleep } from 'node:timers/promises';
import {
  errorOutcomes,
  ThreadStoreError,
  type ErrorEffect,
  type ErrorOutcome,
  type ThreadStoreErrorReason,
} from '@threadstore/core';

/** When a call that failed is made again. */
export type Retry =
  /** Whenever the failure is passing: repeating it changes nothing. */
  | 'safe'
  /** Only when no attempt can have had an effect. */
  | 'withoutEffect';

/** Attempts of one call, the first included. With the pauses between them they span about a second and a half. */
export const attemptsMax = 5;
const firstPauseMs = 100;
const pauseMsMax = 1_000;

/** Whether it may be over in a moment. A full disk isn't. */
export function isPassing({ reason, retryAfterMs }: ThreadStoreError): boolean {
  const { repeat }: ErrorOutcome = errorOutcomes[reason];
  return repeat === 'paused' || (repeat === 'whenTold' && retryAfterMs !== undefined);
}

/** Whether it is about who calls, and so about every call alike. */
export function isOfCredentials({ reason }: ThreadStoreError): boolean {
  return reason === 'UNAUTHENTICATED' || reason === 'PERMISSION_DENIED';
}

/** How long to wait before the next attempt, in milliseconds: as the service says, else longer each time, never in step with others. */
export function pauseMs(attempt: number, error: ThreadStoreError): number {
  const growing = Math.min(firstPauseMs * 2 ** (attempt - 1), pauseMsMax);
  return error.retryAfterMs ?? growing * (0.8 + Math.random() * 0.4);
}

/** Waits, or until the signal fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    // Whoever waits looks at the signal.
  }
}

export function worse(a: ErrorEffect, b: ErrorEffect): ErrorEffect {
  return a === 'unknown' ? a : b;
}

/** The error of the last attempt, with what all attempts together may have done. */
export function withEffect(error: ThreadStoreError, effect: ErrorEffect): ThreadStoreError {
  if (error.effect === effect) return error;
  const { message, details, retryAfterMs, cause, remote } = error;
  return new ThreadStoreError({
    reason: reasonWith(error.reason, effect),
    message,
    details,
    effect,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause,
    remote,
  });
}

function reasonWith(reason: ThreadStoreErrorReason, effect: ErrorEffect): ThreadStoreErrorReason {
  if (effect === 'none') return reason === 'OUTCOME_UNKNOWN' ? 'BACKEND_UNAVAILABLE' : reason;
  return errorOutcomes[reason].repeat === 'paused' ? 'OUTCOME_UNKNOWN' : reason;
}
