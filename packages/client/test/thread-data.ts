import { randomUUID } from 'node:crypto';
import { ThreadStoreError, type ThreadStore, type ThreadStoreErrorReason, type WriterGrant } from '@threadstore/core';
import { assert } from 'vitest';

export const item = (text: string | number): string => JSON.stringify({ type: 'message', text });

/** Creates a thread and appends as many items, one batch each. */
export async function threadOf(store: ThreadStore, items: readonly string[] = []): Promise<WriterGrant> {
  const grant = await store.createThread({ threadId: randomUUID() });
  const { threadId, epoch } = grant;
  for (const [index, json] of items.entries()) {
    await store.appendItems({ threadId, epoch, sequence: BigInt(index), items: [json] });
  }
  return grant;
}

export const failure = (
  reason: ThreadStoreErrorReason,
  effect: 'none' | 'unknown' = 'none',
  retryAfterMs?: number,
): ThreadStoreError =>
  new ThreadStoreError({
    reason,
    message: 'not now',
    effect,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

export async function rejection(promise: Promise<unknown> | undefined): Promise<ThreadStoreError> {
  const outcome: unknown = await promise?.then(
    () => 'it resolved',
    (error: unknown) => error,
  );
  assert.instanceOf(outcome, ThreadStoreError);
  return outcome;
}

/** A promise and how to resolve it. */
export function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: resolve };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of items) all.push(one);
  return all;
}
