import { assert } from 'vitest';
import { ThreadStoreError } from '../src/index.ts';

/** The error that a check throws; fails when it throws none, or one that is no `ThreadStoreError`. */
export function failure(check: () => unknown): ThreadStoreError {
  try {
    check();
  } catch (error) {
    assert.instanceOf(error, ThreadStoreError);
    return error;
  }
  assert.fail('nothing was thrown');
}

/** All that a caller can tell errors apart by. */
export function facts(error: ThreadStoreError): Partial<ThreadStoreError> {
  const { code, reason, message, details, effect, retryAfterMs, remote } = error;
  return { code, reason, message, details, effect, ...(retryAfterMs !== undefined && { retryAfterMs }), remote };
}

/** The error that a call rejects with. */
export async function rejection(call: Promise<unknown>): Promise<ThreadStoreError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instanceOf(error, ThreadStoreError);
  return error;
}
