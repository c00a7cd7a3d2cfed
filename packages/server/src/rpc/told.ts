import { mayHaveEffect, ThreadStoreError } from '@threadstore/core';
import { withoutStack } from '../without-stack.ts';
import type { CallRecord } from './call-record.ts';

/**
 * What the caller is told. Of a fault of our own only the request id, by which its cause is found in the log: also where a store says
 * of an error what its reason rules out.
 */
export function told(error: unknown, record: CallRecord): ThreadStoreError {
  if (!(error instanceof ThreadStoreError)) return internal(error, record, 'unknown');
  const { reason, effect } = error;
  if (!mayHaveEffect(reason, effect)) return internal(error, record, 'unknown');
  if (reason === 'INTERNAL') return internal(error, record, effect);
  if (reason === 'STORE_CLOSED') return signed(draining(error), record);
  return reason === 'DATA_CORRUPTED' ? damaged(error, record) : signed(error, record);
}

/** With the request id, by which it is found in the logs of both sides. First: it is the last to be cut off. */
function signed(error: ThreadStoreError, { requestId }: CallRecord): ThreadStoreError {
  const { reason, message, effect, retryAfterMs, cause } = error;
  const details = { requestId, ...error.details };
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return withoutStack(() => new ThreadStoreError({ reason, message, details, effect, ...wait, cause }));
}

/** Whether it's nobody's fault but the service's, or that of what it stands on: then its cause is logged. */
export function isFault({ code }: ThreadStoreError): boolean {
  return code === 'internal' || code === 'data_loss';
}

function internal(cause: unknown, { requestId }: CallRecord, effect: ThreadStoreError['effect']): ThreadStoreError {
  const message = `internal error, see request ${requestId} in the service's log`;
  return new ThreadStoreError({ reason: 'INTERNAL', message, details: { requestId }, effect, cause });
}

function damaged({ message, cause }: ThreadStoreError, { requestId }: CallRecord): ThreadStoreError {
  return new ThreadStoreError({ reason: 'DATA_CORRUPTED', message, details: { requestId }, cause });
}

/** The store behind the service is closed as the last thing; the caller's own store is not. */
function draining(cause: ThreadStoreError): ThreadStoreError {
  return new ThreadStoreError({ reason: 'DRAINING', message: 'the service is shutting down', cause });
}
