import { ThreadStoreError } from '@threadstore/core';
import { withoutStack } from '../without-stack.ts';

/** Those who were refused together should not come again together. */
const spread = 0.5;

/** A refusal that has done nothing, and is worth another attempt after about so long. */
export function overloaded(message: string, retryAfterMs: number): ThreadStoreError {
  const ms = Math.ceil(retryAfterMs * (1 + spread * Math.random()));
  return withoutStack(() => new ThreadStoreError({ reason: 'OVERLOADED', message, retryAfterMs: ms }));
}
