import { randomUUID } from 'node:crypto';
import { type AppendItemsParams, type AppendResult, ThreadStoreError, type ThreadId } from '@threadstore/core';
import { checkAppendItems, resolveLimits } from '@threadstore/core/internal';
import { beforeEach, expect, test } from 'vitest';
import { AppendQueue, type Run } from '../src/append-groups/append-queue.ts';
import { item, items } from './support/threads.ts';

const limits = resolveLimits({ batchItemsMax: 10_000 });
let queue: AppendQueue;
let a: ThreadId;
let b: ThreadId;
let c: ThreadId;

beforeEach(() => {
  queue = new AppendQueue();
  [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
});

interface Added {
  result: AppendResult | undefined;
  error: unknown;
}

function add(
  threadId: ThreadId,
  sequence: number,
  rest: Partial<AppendItemsParams> & { epoch?: bigint; signal?: AbortSignal } = {},
): Added {
  const { signal, epoch = 1n, items: batchItems = items(1), ...more } = rest;
  const params = { threadId, epoch, sequence: BigInt(sequence), items: batchItems, ...more } as AppendItemsParams;
  const batch = checkAppendItems(params, limits);
  if (batch.external) throw new Error('not a batch of a writer');
  const added: Added = { result: undefined, error: undefined };
  queue.add({
    batch,
    signal,
    resolve: (result) => (added.result = result),
    reject: (error) => (added.error = error),
  });
  return added;
}

/** Gives a run back whose batches, of one item each, were stored one after the other; or that ended with this error. */
function giveBack(run: Run, error?: ThreadStoreError): void {
  const outcomes = run.appends.map((_append, index) => {
    const ordinal = BigInt(index);
    return error === undefined ? { firstOrdinal: ordinal, lastOrdinal: ordinal, duplicate: false } : { error };
  });
  queue.giveBack(run, outcomes);
}

function taken(): Run {
  const [run] = queue.takeGroup();
  if (run === undefined) throw new Error('nothing waits');
  return run;
}

function shown(group: readonly Run[]): readonly (readonly [ThreadId, ...string[]])[] {
  return group.map(({ threadId, appends }) => [
    threadId,
    ...appends.map(({ batch: { epoch, sequence } }) => `${epoch}/${sequence}`),
  ]);
}

test('a group has the consecutive batches of each thread', () => {
  add(a, 0);
  add(b, 7);
  add(a, 1);
  add(a, 2);
  add(b, 8);
  expect(shown(queue.takeGroup())).toEqual([
    [a, '1/0', '1/1', '1/2'],
    [b, '1/7', '1/8'],
  ]);
  expect(queue.takeGroup()).toEqual([]);
});

test('a run ends at a gap, a repetition, or another epoch', () => {
  add(a, 0);
  add(a, 2);
  add(b, 0);
  add(b, 0);
  add(c, 0);
  add(c, 1, { epoch: 2n });
  const group = queue.takeGroup();
  expect(shown(group)).toEqual([
    [a, '1/0'],
    [b, '1/0'],
    [c, '1/0'],
  ]);
  const failure = new ThreadStoreError({ reason: 'BACKEND_UNAVAILABLE', message: 'not stored' });
  for (const run of group) giveBack(run, failure);
  expect(shown(queue.takeGroup())).toEqual([
    [a, '1/2'],
    [b, '1/0'],
    [c, '2/1'],
  ]);
});

test('a thread is in one group at a time', () => {
  add(a, 0);
  const [first] = queue.takeGroup();
  add(a, 1);
  add(b, 0);
  expect(shown(queue.takeGroup())).toEqual([[b, '1/0']]);
  expect(first).toBeDefined();
  if (first !== undefined) giveBack(first);
  expect(shown(queue.takeGroup())).toEqual([[a, '1/1']]);
});

test('what is given back without an outcome goes before what came later, and can be called off again', () => {
  const controller = new AbortController();
  const size = Buffer.byteLength(item('x 0'));
  const [, repeated, unknown] = [add(a, 0), add(a, 1), add(a, 2), add(a, 3, { signal: controller.signal })];
  const run = taken();
  const repeats = [add(a, 1), add(a, 2)];
  queue.asked(run);
  add(a, 4);
  const stored = { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false };
  queue.giveBack(run, [{ ...stored, firstOrdinal: 0n, lastOrdinal: 0n }, stored]);
  expect(repeats.map(({ result }) => result)).toEqual([{ ...stored, duplicate: true }, undefined]);
  expect([repeated?.result, unknown?.result]).toEqual([undefined, undefined]);
  expect(queue.bytes).toBe(4 * size);
  controller.abort();
  expect(shown([taken()])).toEqual([[a, '1/2']]);
  expect(queue.bytes).toBe(2 * size);
});

test('a batch with metadata goes with the others', () => {
  add(a, 0);
  add(a, 1, { metadata: { name: 'n' } });
  add(a, 2);
  add(b, 0, { metadata: { name: 'n' } });
  expect(shown(queue.takeGroup())).toEqual([
    [a, '1/0', '1/1', '1/2'],
    [b, '1/0'],
  ]);
});

test('a group ends before the batch that is too much, in bytes or in items, and one that is larger goes alone', () => {
  const large = [item('x'.repeat(1_200_000))];
  add(a, 0, { items: large });
  add(a, 1, { items: large });
  add(b, 0, { items: items(5_000) });
  add(c, 0);
  const groups: (readonly Run[])[] = [];
  for (let group = queue.takeGroup(); group.length > 0; group = queue.takeGroup()) {
    groups.push(group);
    for (const run of group) giveBack(run);
  }
  expect(groups.map(shown)).toEqual([
    [[a, '1/0']],
    [[b, '1/0']],
    [
      [c, '1/0'],
      [a, '1/1'],
    ],
  ]);
});

test('a group has 512 threads at most, the longest waiting', () => {
  const threads = Array.from({ length: 600 }, () => randomUUID());
  for (const threadId of threads) add(threadId, 0);
  expect(queue.takeGroup().map(({ threadId }) => threadId)).toEqual(threads.slice(0, 512));
  expect(queue.takeGroup().map(({ threadId }) => threadId)).toEqual(threads.slice(512));
});

test('it tells how many bytes wait', () => {
  const controller = new AbortController();
  const size = Buffer.byteLength(item('x'));
  for (const sequence of [0, 1]) add(a, sequence, { items: [item('x'), item('x')] });
  add(a, 2, { items: [item('x')], signal: controller.signal });
  add(a, 4, { items: [item('x')] });
  expect(queue.bytes).toBe(6 * size);
  controller.abort();
  const [run] = queue.takeGroup();
  expect(queue.bytes).toBe(size);
  if (run !== undefined) giveBack(run);
  queue.takeGroup();
  expect(queue.bytes).toBe(0);
});

test('what was called off while it waited is not taken', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const dropped = [add(a, 0, { signal }), add(b, 1, { signal })];
  add(b, 0);
  controller.abort();
  expect(shown(queue.takeGroup())).toEqual([[b, '1/0']]);
  for (const { error } of dropped) {
    expect(error).toBeInstanceOf(ThreadStoreError);
    expect(error).toMatchObject({ code: 'cancelled', effect: 'none' });
  }
});

test('a group has no more threads than it is told, those that waited longest', () => {
  add(a, 0);
  add(b, 0);
  add(b, 1);
  add(c, 0);
  expect(queue.threads).toBe(3);
  expect(shown(queue.takeGroup(2))).toEqual([
    [a, '1/0'],
    [b, '1/0', '1/1'],
  ]);
  expect(queue.threads).toBe(1);
  expect(shown(queue.takeGroup(2))).toEqual([[c, '1/0']]);
});

test('what repeats a batch, and waited when the database was asked, is answered with it', () => {
  add(a, 0);
  add(a, 1);
  const repeats = [add(a, 0), add(a, 1), add(a, 0)];
  const next = add(a, 2);
  giveBack(taken());
  expect(repeats.map(({ result }) => result)).toEqual([
    { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: true },
    { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: true },
    { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: true },
  ]);
  expect(next.result).toBeUndefined();
  expect(shown(queue.takeGroup())).toEqual([[a, '1/2']]);
  expect(queue.bytes).toBe(0);
});

test('what repeats a batch and came after the database was asked is asked about again: the thread may be gone since', () => {
  add(a, 0);
  const run = taken();
  const late = add(a, 0);
  giveBack(run);
  expect(late.result).toBeUndefined();
  const again = taken();
  expect(shown([again])).toEqual([[a, '1/0']]);
  const later = add(a, 0);
  queue.asked(again);
  giveBack(again);
  expect(later.result).toMatchObject({ duplicate: true });
});

test('other items under the same sequence, and another epoch, are no repetitions', () => {
  add(a, 0);
  const others = [add(a, 0, { items: items(2) }), add(a, 0, { items: [item('x')] }), add(a, 0, { epoch: 2n })];
  giveBack(taken());
  expect(others.every(({ result, error }) => result === undefined && error === undefined)).toBe(true);
});

test.each([
  ['FENCED', true],
  ['THREAD_DELETED', true],
  ['SEQUENCE_GAP', false],
  ['BACKEND_UNAVAILABLE', false],
] as const)('a batch that is refused with %s: its repetitions are, too: %s', (reason, shared) => {
  add(a, 3);
  const repeat = add(a, 3);
  const error = new ThreadStoreError({ reason, message: 'refused' });
  giveBack(taken(), error);
  expect(repeat.error).toBe(shared ? error : undefined);
  expect(queue.threads).toBe(shared ? 0 : 1);
});
