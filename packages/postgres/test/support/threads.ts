import { randomUUID } from 'node:crypto';
import type { ThreadId } from '@threadstore/core';
import type { PostgresThreadStore } from '../../src/index.ts';

export function item(text: string): string {
  return JSON.stringify({ type: 'note', text });
}

export function items(count: number, text = 'x'): string[] {
  return Array.from({ length: count }, (_, index) => item(`${text} ${index}`));
}

export interface Written {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
}

/** A thread with one batch in it, and its writer. */
export async function writtenThread(store: PostgresThreadStore, batch: readonly string[] = items(2)): Promise<Written> {
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: batch });
  return { threadId, epoch };
}
