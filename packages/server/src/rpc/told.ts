import { ThreadStoreError } from '@threadstore/core';
import type { CallRecord } from './call-record.ts';

/** What the caller is told. Of a fault of our own only the request id, by which its cause is found in the log. */
export function told(error: unknown, record: CallRecord): ThreadStoreError {
  if (error instanceof ThreadStoreError && error.reason === 'STORE_CLOSED') return draining(error);
  if (error instanceof ThreadStoreError && error.code !== 'internal') return error;
  return new ThreadStoreError({
    reason: 'INTERNAL',
    message: `internal error, see request ${record.requestId} in the service's log`,
    details: { requestId: record.requestId },
    effect: error instanceof ThreadStoreError ? error.effect : 'unknown',
    cause: error,
  });
}

/** The store behind the service is closed as the last thing; the caller's own store is not. */
function draining(cause: ThreadStoreError): ThreadStoreError {
  return new ThreadStoreError({ reason: 'DRAINING', message: 'the service is shutting down', cause });
}
