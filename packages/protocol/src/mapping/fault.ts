import { ThreadStoreError } from '@threadstore/core';

/** Makes the error for a message that can't be mapped. `what` follows the field's name: `must be a UUID`. */
export type Fault = (field: string, what: string) => ThreadStoreError;

/** A client sent it, or is about to. */
export const invalidRequest: Fault = (field, what) =>
  new ThreadStoreError({ reason: 'INVALID_FIELD', message: `${field}: ${what}`, details: { field } });

/** A service sent it: it has done what it was asked, and nobody can tell what. */
export const badResponse: Fault = (field, what) =>
  new ThreadStoreError({
    reason: 'INTERNAL',
    message: `the service's answer can't be read, ${field}: ${what}`,
    effect: 'unknown',
  });

export function notUnicode(field: string, offset: number): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'NOT_UNICODE',
    message: `${field}: not well-formed Unicode at offset ${offset}`,
    details: { field, offset: String(offset) },
  });
}
