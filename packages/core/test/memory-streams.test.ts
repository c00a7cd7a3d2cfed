import { describe, expect, test } from 'vitest';
import { MemoryThreadStore, type HistoryBatch, type ThreadStore } from '../src/index.ts';
import { rejection } from './failure.ts';
import { collect, item, newId } from './memory-fixture.ts';

describe('streams', () => {
  async function longThread(store: ThreadStore, count: number): Promise<string> {
    const threadId = newId();
    await store.createThread({ threadId });
    const text = `{"type":"a","text":"${'x'.repeat(100_000)}"}`;
    for (let sequence = 0n; sequence < count; sequence += 1n) {
      await store.appendItems({ threadId, epoch: 1n, sequence, items: [text] });
    }
    return threadId;
  }

  test('come in batches of about 256 KiB', async () => {
    const store = new MemoryThreadStore();
    const threadId = await longThread(store, 7);
    const batches = await collect(store.streamHistory({ threadId }));
    expect(batches.map(({ firstOrdinal, items }) => [firstOrdinal, items.length])).toEqual([
      [0n, 2],
      [2n, 2],
      [4n, 2],
      [6n, 1],
    ]);
    const part = await collect(store.streamHistory({ threadId, fromOrdinal: 2n, untilOrdinal: 4n }));
    expect(part.map(({ firstOrdinal, items }) => [firstOrdinal, items.length])).toEqual([[2n, 2]]);
    expect(part[0]?.untilOrdinal).toBe(4n);
    expect(await collect(store.streamHistory({ threadId, fromOrdinal: 2n ** 63n - 1n }))).toEqual([]);
    expect(await collect(store.streamHistory({ threadId, fromOrdinal: 4n, untilOrdinal: 2n }))).toEqual([]);
  });

  test('of at most 256 KiB, or of one larger item', async () => {
    const store = new MemoryThreadStore();
    const threadId = newId();
    await store.createThread({ threadId });
    const sized = (bytes: number): string => `{"type":"${'x'.repeat(bytes - '{"type":""}'.length)}"}`;
    const items = [128, 128, 200, 300, 56].map((kib) => sized(kib * 1_024));
    await store.appendItems({ threadId, epoch: 1n, sequence: 0n, items });
    const batches = await collect(store.streamHistory({ threadId }));
    expect(batches.map((batch) => batch.items.length)).toEqual([2, 1, 1, 1]);
    expect(batches.flatMap((batch) => batch.items)).toEqual(items);
  });

  test('end where the thread ended when the first batch was asked for', async () => {
    const store = new MemoryThreadStore();
    const threadId = await longThread(store, 4);
    const lazy = store.streamHistory({ threadId });
    await store.appendItems({ threadId, epoch: 1n, sequence: 4n, items: [item] });
    const batches: HistoryBatch[] = [];
    for await (const batch of lazy) {
      batches.push(batch);
      await store.appendItems({ threadId, epoch: 1n, sequence: 4n + BigInt(batches.length), items: [item] });
    }
    expect(batches.flatMap(({ items }) => items)).toHaveLength(5);
    expect(new Set(batches.map(({ untilOrdinal }) => untilOrdinal))).toEqual(new Set([5n]));
  });

  test.for([
    ['THREAD_DELETED', (store: ThreadStore, threadId: string) => store.deleteThread({ threadId })],
    ['STORE_CLOSED', (store: ThreadStore) => store.close()],
  ] as const)('stop with %s', async ([reason, stop]) => {
    const store = new MemoryThreadStore();
    const threadId = await longThread(store, 4);
    const reader = store.streamHistory({ threadId });
    expect((await reader.next()).done).toBe(false);
    await stop(store, threadId);
    expect((await rejection(reader.next())).reason).toBe(reason);
    expect((await reader.next()).done).toBe(true);
  });

  test('stop when the signal fires', async () => {
    const store = new MemoryThreadStore();
    const threadId = await longThread(store, 4);
    const controller = new AbortController();
    const reader = store.streamHistory({ threadId }, { signal: controller.signal });
    await reader.next();
    controller.abort();
    expect(await rejection(reader.next())).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
  });
});
