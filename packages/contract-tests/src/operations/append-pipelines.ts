import assert from 'node:assert/strict';
import type { AppendResult } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item, itemOfBytes, items } from '../support/items.ts';
import { assertRefusal, refused } from '../support/refusals.ts';
import {
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  external,
  itemsOf,
  newThreadId,
  steal,
  wholeThread,
} from '../support/threads.ts';

/** Batches of one, two, three, one, two ... items, counted on from batch to batch. */
function batchesOf(count: number): string[][] {
  let next = 0;
  return Array.from({ length: count }, (_, n) => {
    const batch = items(1 + (n % 3), next);
    next += batch.length;
    return batch;
  });
}

/** Asserts that each batch was answered with its place behind the one before it. */
function assertPlaced(results: readonly AppendResult[], batches: readonly (readonly string[])[]): void {
  let next = 0n;
  const expected = batches.map(({ length }) => {
    const firstOrdinal = next;
    next += BigInt(length);
    return { firstOrdinal, lastOrdinal: next - 1n, duplicate: false };
  });
  assert.deepEqual(results, expected);
}

/** What the rounds have for one of the threads. */
function column<T>(rounds: readonly (readonly T[])[], index: number): T[] {
  return rounds.flatMap((round) => round.slice(index, index + 1));
}

const order = [
  check(
    'keeps the order of 50 batches on each of 8 threads, and answers each with its own ordinals',
    async ({ store, open }) => {
      const writers = await Promise.all(Array.from({ length: 8 }, () => createUnmaterialised(store)));
      const batches = batchesOf(50);
      const rounds = batches.map((batch) => Promise.all(writers.map((writer) => writer.append(...batch))));
      const answers = await Promise.all(rounds);
      const other = await open();
      for (const [index, writer] of writers.entries()) {
        assertPlaced(column(answers, index), batches);
        assert.deepEqual(await itemsOf(other, writer), batches.flat());
      }
    },
  ),

  check('keeps the order of batches with metadata among others', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const batches = batchesOf(30);
    const results = await Promise.all(
      batches.map((batch, n) => {
        const metadata = n % 4 === 1 ? { name: `${n}` } : undefined;
        return store.appendItems(writer.batch(batch, metadata));
      }),
    );
    assertPlaced(results, batches);
    const { name, history } = await wholeThread(store, writer);
    assert.deepEqual([name, history?.items], ['29', batches.flat()]);
  }),

  check('keeps the order of external appends among those of the writer', async ({ store }) => {
    const writer = await createThread(store);
    const batches = batchesOf(30);
    const results = await Promise.all(
      batches.map((batch, n) =>
        n % 3 === 2 || n % 7 === 0
          ? store.appendItems(external(writer, `${n}`, batch, n === 14 ? { name: 'noted' } : undefined))
          : writer.append(...batch),
      ),
    );
    assertPlaced(results, batches);
    const { name, history } = await wholeThread(store, writer);
    assert.deepEqual([name, history?.items], ['noted', batches.flat()]);
  }),

  check('keeps the order of more bytes than any transport takes at once', async ({ store }) => {
    const writers = [await createUnmaterialised(store), await createUnmaterialised(store)];
    const big = Array.from({ length: 20 }, (_, n) => [itemOfBytes(500_000 + n)]);
    const rounds = big.map((batch) => Promise.all(writers.map((writer) => writer.append(...batch))));
    const answers = await Promise.all(rounds);
    for (const [index, writer] of writers.entries()) {
      assertPlaced(column(answers, index), big);
      const stored = await itemsOf(store, writer);
      assert.deepEqual(
        stored.map((text) => text.length),
        big.map(([text]) => text?.length),
      );
    }
  }),
];

const barriers = [
  check(
    'lets persist, flush and shutdown wait for what was called before them, and the rest for them',
    async ({ store, open }) => {
      const other = await open();
      const writer = await createUnmaterialised(store);
      const readable = async (): Promise<number> => (await itemsOf(other, writer)).length;
      const calls = [
        writer.append(item(0)),
        writer.append(item(1)),
        writer.flush().then(readable),
        writer.append(item(2)),
        writer.persist().then(readable),
        store.appendItems(external(writer, 'x', [item(3)])),
        writer.append(item(4)),
        writer.shutdown().then(readable),
        refused(writer.append(item(5)), 'WRITER_RELEASED'),
        store.appendItems(external(writer, 'y', [item(5)])),
      ] as const;
      const [, , flushed, third, persisted, , fifth, shut, , last] = await Promise.all(calls);
      assert.ok(flushed >= 2 && persisted >= 3 && shut >= 5, `readable: ${flushed}, ${persisted}, ${shut}`);
      assert.deepEqual([third.firstOrdinal, fifth.firstOrdinal, last.firstOrdinal], [2n, 4n, 5n]);
      const { history, lease } = await wholeThread(other, writer);
      assert.deepEqual([history?.items, lease], [items(6), null]);
    },
  ),
];

const failures = [
  check('fails a wrong batch in the middle, and those behind it, and no other', async ({ store }) => {
    const writers = await Promise.all(Array.from({ length: 4 }, () => createThread(store)));
    const rounds = items(12).map((text, n) =>
      Promise.allSettled(writers.map((writer, index) => writer.append(index === 1 && n === 5 ? '{"type":1}' : text))),
    );
    const answers = await Promise.all(rounds);
    for (const [index, writer] of writers.entries()) {
      for (const [n, outcome] of column(answers, index).entries()) {
        if (index !== 1 || n < 5) assert.equal(outcome.status, 'fulfilled', `thread ${index}, batch ${n}`);
        else if (outcome.status === 'fulfilled') assert.fail(`batch ${n} is stored behind one that failed`);
        else if (n === 5) assertRefusal(outcome.reason, 'INVALID_FIELD', { field: 'items[0]' });
        else assertRefusal(outcome.reason, 'SEQUENCE_GAP', { expected: '5', actual: String(n) });
      }
      assert.deepEqual(await itemsOf(store, writer), items(index === 1 ? 5 : 12));
    }
  }),

  check('refuses what some threads refuse, whatever goes with it', async ({ store }) => {
    const good = await Promise.all(Array.from({ length: 3 }, () => createThread(store)));
    const fenced = await createThread(store);
    await steal(store, fenced);
    const released = await createIdleThread(store);
    const deleted = await createDeletedThread(store);
    const busy = await createThread(store);
    const repeated = busy.batch([item(0)]);
    await store.appendItems(repeated);
    const unknown = { threadId: newThreadId(), epoch: 1n, sequence: 0n, items: [item(0)] };
    const rounds = [0, 1, 2].map((n) => [
      ...good.map((writer) => writer.append(item(n))),
      refused(fenced.append(item(n)), 'FENCED'),
      refused(released.append(item(n)), 'WRITER_RELEASED'),
      refused(deleted.append(item(n)), 'THREAD_DELETED'),
      refused(store.appendItems(unknown), 'THREAD_NOT_FOUND'),
      refused(store.appendItems({ ...repeated, sequence: 7n }), 'SEQUENCE_GAP'),
      refused(store.appendItems({ ...repeated, items: [item('other')] }), 'SEQUENCE_REUSED'),
      store.appendItems(repeated),
      busy.append(item(n + 1)),
    ]);
    await Promise.all(rounds.flat());
    for (const writer of good) assert.deepEqual(await itemsOf(store, writer), items(3));
    assert.deepEqual(await itemsOf(store, busy), items(4));
  }),

  check(
    'stores each batch once when all are sent again behind themselves, and by another client',
    async ({ store, open }) => {
      const writer = await createThread(store);
      const other = await open();
      const batches = batchesOf(20).map((batch) => writer.batch(batch));
      const send = (client: typeof store): Promise<AppendResult[]> =>
        Promise.all(batches.map((batch) => client.appendItems(batch)));
      const [first, again, others] = await Promise.all([send(store), send(store), send(other)]);
      for (const [n, { duplicate, ...placed }] of first.entries()) {
        assert.deepEqual(
          [again[n], others[n]],
          [
            { ...placed, duplicate: true },
            { ...others[n], ...placed },
          ],
        );
        assert.notEqual(duplicate, others[n]?.duplicate, `batch ${n} is stored by one of the two`);
      }
      assert.deepEqual(await itemsOf(store, writer), batchesOf(20).flat());
    },
  ),

  check('takes all of them again when one in the middle was given up by its signal', async ({ store }) => {
    const writer = await createThread(store);
    const batches = Array.from({ length: 12 }, (_, n) => writer.batch([item(n)]));
    const controller = new AbortController();
    const calls = batches.map((batch, n) => store.appendItems(batch, n === 6 ? { signal: controller.signal } : {}));
    controller.abort();
    for (const [n, outcome] of (await Promise.allSettled(calls)).entries()) {
      if (outcome.status === 'fulfilled') assert.deepEqual(outcome.value.firstOrdinal, BigInt(n));
      else if (n > 6) assertRefusal(outcome.reason, 'SEQUENCE_GAP');
      else assert.equal(n, 6, `batch ${n} has failed, before the one that was given up`);
    }
    const results = await Promise.all(batches.map((batch) => store.appendItems(batch)));
    assert.deepEqual(
      results.map(({ firstOrdinal }) => firstOrdinal),
      batches.map((_, n) => BigInt(n)),
    );
    assert.deepEqual(await itemsOf(store, writer), items(12));
  }),
];

export const appendPipelinesChapter = chapter('appendItems: many without waiting', ...order, ...barriers, ...failures);
