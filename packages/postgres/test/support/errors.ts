import { inspect } from 'node:util';
import { ThreadStoreError } from '@threadstore/core';
import { expect } from 'vitest';

/** The error that the call rejects with. */
export async function failure(call: Promise<unknown>): Promise<ThreadStoreError> {
  const error: unknown = await call.then(
    () => expect.fail('the call resolved'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ThreadStoreError)) throw new Error('not a ThreadStoreError', { cause: error });
  return error;
}

/** Everything that a log or a debugger could show of an error, its causes included. */
export function everythingOf(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}
