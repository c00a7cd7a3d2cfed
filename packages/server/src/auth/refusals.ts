import { ThreadStoreError, type ErrorEffect } from '@threadstore/core';
import type { Scope } from './principal.ts';

function unauthenticated(what: string, effect: ErrorEffect = 'none'): ThreadStoreError {
  return new ThreadStoreError({ reason: 'UNAUTHENTICATED', message: `authorization: ${what}`, effect });
}

export const missing = (): ThreadStoreError => unauthenticated('missing bearer token');
export const illFormed = (): ThreadStoreError => unauthenticated('expected "Bearer <token>"');
/** The same for a token that is unknown, has a wrong secret, or was good once: who guesses learns nothing. */
export const unknownToken = (): ThreadStoreError => unauthenticated('the token is not valid');
export const unknownCertificate = (): ThreadStoreError => unauthenticated('the client certificate is of no tenant');
/** Of a call under way, which may have done its work. */
export const noLongerGood = (): ThreadStoreError => unauthenticated('the credentials are no longer valid', 'unknown');

export function lacksScope(scope: Scope): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'PERMISSION_DENIED',
    message: `authorization: the credentials lack scope ${scope}`,
    details: { scope },
  });
}

export function tooManyFailures(retryAfterMs: number): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'OVERLOADED',
    message: 'authorization: too many failures from this address',
    retryAfterMs,
  });
}
