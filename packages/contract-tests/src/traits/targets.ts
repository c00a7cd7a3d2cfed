import assert from 'node:assert/strict';
import { optionalOperations, type StoreCapabilities, type StoredThread, type ThreadStore } from '@threadstore/core';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createUnmaterialised, newThreadId, wholeThread, type Writer } from '../support/threads.ts';
import { listIds } from '../support/walk.ts';
import type { Answer, OperationCase, OperationName, Target } from './operations.ts';

/** What the operation succeeds on: a live thread with one item, or a free id. */
export async function targetOf(store: ThreadStore, { creates }: OperationCase): Promise<Target> {
  if (creates) return unknownTarget();
  const writer = await createUnmaterialised(store);
  await writer.append(item('first'));
  return targetOn(writer, (await store.readThread(writer)).rolloutPath);
}

/** An id that no thread has, and a writer that nobody knows. */
export function unknownTarget(): Target {
  return { threadId: newThreadId(), epoch: 1n, sequence: 0n, rolloutPath: 'none.jsonl' };
}

export function targetOn({ threadId, epoch, sequence }: Writer, rolloutPath: string | null = null): Target {
  return { threadId, epoch, sequence, rolloutPath: rolloutPath ?? 'none.jsonl' };
}

/** Whether stores with these capabilities have the operation. */
export function isMissing(name: OperationName, capabilities: StoreCapabilities): boolean {
  return isOptional(name) && !capabilities[name];
}

function isOptional(name: OperationName): name is keyof typeof optionalOperations {
  return Object.hasOwn(optionalOperations, name);
}

/** Asserts the answer to a call. */
export async function assertAnswer(call: Promise<unknown>, answer: Answer): Promise<void> {
  if (answer === 'ok') await call;
  else await refused(call, answer);
}

/** All that a store shows of all its threads, to compare before and after. */
export async function everything(store: ThreadStore): Promise<StoredThread[]> {
  const ids = [...(await listIds(store)), ...(await listIds(store, { archived: true }))];
  return Promise.all(ids.toSorted().map((threadId) => wholeThread(store, { threadId })));
}

/** Asserts that the work changes nothing that can be seen. */
export async function assertUnchanged(store: ThreadStore, work: () => Promise<unknown>): Promise<void> {
  const before = await everything(store);
  await work();
  assert.deepEqual(await everything(store), before);
}
