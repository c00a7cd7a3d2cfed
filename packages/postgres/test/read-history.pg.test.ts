import type { HistoryBatch, ThreadId } from '@threadstore/core';
import { historyBatchBytes } from '@threadstore/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresThreadStore, type Database } from '../src/index.ts';
import { backends, type TestDatabase } from './support/databases.ts';
import { failure } from './support/errors.ts';
import { item, writtenThread } from './support/threads.ts';

const MiB = 1024 * 1024;

async function collect(batches: AsyncIterable<HistoryBatch>): Promise<readonly HistoryBatch[]> {
  const all: HistoryBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;
  /** The bytes of each answer of the database. */
  let answers: number[] = [];

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: measured(opened.database) });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  function measured(database: Database): Database {
    return {
      description: database.description,
      query: async (statement, params) => {
        const rows = await database.query(statement, params);
        answers.push(rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0));
        return rows;
      },
      transaction: (work, options) => database.transaction(work, options),
      forTenant: (tenant) => measured(database.forTenant(tenant)),
      close: () => database.close(),
      [Symbol.asyncDispose]: () => database.close(),
    };
  }

  async function threadOf(sizes: readonly number[]): Promise<{ threadId: ThreadId; texts: readonly string[] }> {
    // Two bytes each for half of the characters, and nothing that compresses to nothing.
    const texts = sizes.map((size, index) => item(`${index} ${'aé'.repeat(Math.ceil(size / 3))}`));
    const { threadId, epoch } = await writtenThread(store, texts.slice(0, 1));
    for (const [index, text] of texts.slice(1).entries()) {
      const sequence = BigInt(index + 1);
      // Pipelined, so that thousands of them take no time.
      const append = store.appendItems({ threadId, epoch, sequence, items: [text] });
      if (index % 500 === 0 || index === texts.length - 2) await append;
    }
    return { threadId, texts };
  }

  async function readAll(threadId: ThreadId, fromOrdinal = 0n): Promise<readonly HistoryBatch[]> {
    answers = [];
    return collect(store.streamHistory({ threadId, fromOrdinal }));
  }

  const shapes: readonly (readonly [string, readonly number[]])[] = [
    ['small', Array<number>(3_000).fill(100)],
    ['of 800 bytes', Array<number>(1_500).fill(800)],
    ['small, then large', [...Array<number>(1_000).fill(100), ...Array<number>(3).fill(8 * MiB - 1_000), 100]],
    ['large here and there', Array.from({ length: 600 }, (_, index) => (index % 150 === 149 ? 2 * MiB : 300))],
    ['growing', Array.from({ length: 200 }, (_, index) => 10 * index ** 2)],
    [
      'as large as a batch, or a little larger',
      [historyBatchBytes - 100, 10, historyBatchBytes, 10, historyBatchBytes + 100, 10],
    ],
  ];

  test.each(shapes)('items that are %s come whole, in bounded batches and pages', async (_, sizes) => {
    const { threadId, texts } = await threadOf(sizes);
    const batches = await readAll(threadId);
    expect(batches.flatMap(({ items }) => items)).toEqual(texts);
    let next = 0n;
    for (const { firstOrdinal, items, untilOrdinal } of batches) {
      expect(firstOrdinal).toBe(next);
      expect(untilOrdinal).toBe(BigInt(texts.length));
      next += BigInt(items.length);
      const bytes = items.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      expect(items.length === 1 || bytes <= historyBatchBytes).toBe(true);
    }
    expect(Math.max(...answers)).toBeLessThanOrEqual(8 * MiB);
    // A batch that is not full stands before a long item, at the end of a page, or at the start, where sizes are not known.
    const total = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const long = texts.filter((text) => text.length > 10_000).length;
    expect(batches.length).toBeLessThanOrEqual(2 * Math.ceil(total / historyBatchBytes) + 2 * long + 4);
    const [middle] = await readAll(threadId, BigInt(texts.length - 2));
    expect(middle?.items[0]).toBe(texts.at(-2));
  });

  test('a thread that is deleted in between ends the reading', async () => {
    const { threadId } = await threadOf(Array<number>(100).fill(50_000));
    const reading = store.streamHistory({ threadId });
    expect((await reading.next()).done).toBe(false);
    await store.deleteThread({ threadId });
    expect(await failure(collect(reading))).toMatchObject({ code: 'not_found', reason: 'THREAD_DELETED' });
  });
});
