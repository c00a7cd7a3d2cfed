import { ThreadStoreError, type ErrorEffect } from '@threadstore/core';
import type { Operation } from '../calls.ts';
import { withEffect } from '../retry.ts';

/** Nothing says what the service had read when it ended the stream with OK. */
export function endedByService({ operation }: Operation): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'OUTCOME_UNKNOWN',
    message: `${operation}: the service ended the stream without an answer`,
    effect: 'unknown',
  });
}

export function silentService({ operation }: Operation): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'OUTCOME_UNKNOWN',
    message: `${operation}: the service does not answer`,
    effect: 'unknown',
  });
}

/** Of a call whose time was over before there was a stream to send it on: what that failed with. */
export function neverSent({ operation }: Operation, failure: ThreadStoreError): ThreadStoreError {
  if (failure.reason !== 'OUTCOME_UNKNOWN') return withEffect(failure, 'none');
  return new ThreadStoreError({
    reason: 'BACKEND_UNAVAILABLE',
    message: `${operation}: the service can't be reached`,
    cause: failure,
  });
}

export function deadlineExceeded({ operation }: Operation, effect: ErrorEffect): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'DEADLINE_EXCEEDED',
    message: `${operation}: the deadline has passed`,
    effect,
  });
}

/** Whether its effect holds for each call of a stream. What the service itself says is said of one message, others may be under way. */
export function isCertain(failure: ThreadStoreError): boolean {
  return !failure.remote;
}
