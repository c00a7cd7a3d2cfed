import assert from 'node:assert/strict';
import type { ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item, itemOfBytes, items } from '../support/items.ts';
import { assertRefusal, errorOf, refused, refusedField, refusedStream } from '../support/refusals.ts';
import {
  createArchivedThread,
  createThread,
  createUnmaterialised,
  newThreadId,
  type Writer,
} from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { collectBatches, collectItems } from '../support/walk.ts';

const KiB = 1024;

/** A thread of 2 MiB: more than one batch in every store, and more than most transports send ahead. */
async function createLongThread(store: ThreadStore): Promise<{ writer: Writer; texts: string[] }> {
  const texts = Array.from({ length: 64 }, (_, n) => itemOfBytes(32 * KiB - n));
  const writer = await createUnmaterialised(store);
  await writer.append(...texts.slice(0, 32));
  await writer.append(...texts.slice(32));
  return { writer, texts };
}

const reading = [
  check('gives all items in order, in batches of about 256 KiB', async ({ store, open }) => {
    const { writer, texts } = await createLongThread(store);
    const batches = await collectBatches((await open()).streamHistory(writer));
    assert.ok(
      batches.flatMap((batch) => batch.items).every((text, index) => text === texts[index]),
      'the same texts',
    );
    assert.equal(
      batches.reduce((count, batch) => count + batch.items.length, 0),
      texts.length,
    );
    assert.ok(batches.length >= 4, `2 MiB in ${batches.length} batches`);
    for (const batch of batches) {
      const bytes = batch.items.reduce((sum, text) => sum + text.length, 0);
      assert.ok(bytes <= 512 * KiB, `a batch of ${bytes} bytes`);
    }
  }),

  check('gives an item that is larger than a batch', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const texts = [item(0), itemOfBytes(1024 * KiB), item(1), itemOfBytes(700 * KiB), item(2)];
    await writer.append(...texts);
    const read = await collectItems(store.streamHistory(writer));
    assert.deepEqual(
      read.map((text) => text.length),
      texts.map((text) => text.length),
    );
    assert.ok(read.every((text, index) => text === texts[index]));
  }),

  check('is walked once', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(3));
    const history = store.streamHistory(writer);
    assert.equal((await collectItems(history)).length, 3);
    assert.deepEqual(await collectItems(history), []);
  }),

  check('gives nothing of a thread without items', async ({ store }) => {
    assert.deepEqual(await collectBatches(store.streamHistory(await createThread(store))), []);
  }),

  check('reads from one ordinal until another', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(6));
    await writer.append(...items(6, 6));
    const { threadId } = writer;
    for (const [from, until] of [
      [0n, 12n],
      [1n, 11n],
      [5n, 7n],
      [11n, 12n],
      [3n, 4n],
      [0n, 1n],
    ] as const) {
      const read = await collectItems(store.streamHistory({ threadId, fromOrdinal: from, untilOrdinal: until }), from);
      assert.deepEqual(read, items(Number(until - from), Number(from)), `from ${from} until ${until}`);
    }
    for (const [untilOrdinal, end] of [
      [7n, 7n],
      [12n, 12n],
      [13n, 12n],
    ] as const) {
      const [batch] = await collectBatches(store.streamHistory({ threadId, untilOrdinal }));
      assert.equal(batch?.untilOrdinal, end, `until ${untilOrdinal}`);
    }
    assert.deepEqual(await collectItems(store.streamHistory({ threadId, fromOrdinal: 10n }), 10n), items(2, 10));
    assert.deepEqual(await collectItems(store.streamHistory({ threadId, untilOrdinal: 2n })), items(2));
  }),

  check('reads nothing past the end', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(3));
    const { threadId } = writer;
    for (const range of [{ fromOrdinal: 3n }, { fromOrdinal: 4_000_000_000_000n }, { untilOrdinal: 0n }]) {
      assert.deepEqual(await collectBatches(store.streamHistory({ threadId, ...range })), []);
    }
    assert.deepEqual(await collectItems(store.streamHistory({ threadId, untilOrdinal: 1_000n })), items(3));
  }),

  check('can be read twice at the same time', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(4));
    const both = await Promise.all([store, store].map((reader) => collectItems(reader.streamHistory(writer))));
    assert.deepEqual(both, [items(4), items(4)]);
  }),
];

const snapshot = [
  check('fixes the end when the first batch is asked for', async ({ store, open }) => {
    const { writer, texts } = await createLongThread(store);
    const other = await open();
    const stream = other.streamHistory(writer);
    await writer.append(item('before the first batch'));
    const iterator = stream[Symbol.asyncIterator]();
    const first = await iterator.next();
    assert.ok(first.done !== true);
    assert.equal(first.value.untilOrdinal, BigInt(texts.length) + 1n, 'the end is told with the first batch');
    await writer.append(item('after the first batch'));
    const rest = await collectItems({ [Symbol.asyncIterator]: () => iterator }, BigInt(first.value.items.length));
    const read = [...first.value.items, ...rest];
    assert.equal(read.length, texts.length + 1);
    assert.equal(read.at(-1), item('before the first batch'));
  }),

  check('lets the reader leave before the end, and then releases everything', async ({ store, open }) => {
    const { writer } = await createLongThread(store);
    const other = await open();
    for (let n = 0; n < 3; n += 1) {
      for await (const batch of other.streamHistory(writer)) {
        assert.equal(batch.firstOrdinal, 0n);
        break;
      }
    }
    await writer.append(item('next'));
    await withinBound('close after streams that were left', other.close());
  }),

  check(
    'keeps no store object from closing while its reader rests, and never ends early then',
    async ({ store, open }) => {
      const { writer, texts } = await createLongThread(store);
      const other = await open();
      const iterator = other.streamHistory(writer)[Symbol.asyncIterator]();
      const first = await iterator.next();
      assert.ok(first.done !== true);
      await withinBound('close beside a resting reader', other.close());
      const rest = collectItems({ [Symbol.asyncIterator]: () => iterator }, BigInt(first.value.items.length));
      const outcome: unknown = await rest.catch((error: unknown) => error);
      if (Array.isArray(outcome)) assert.equal(first.value.items.length + outcome.length, texts.length);
      else assertRefusal(outcome, 'STORE_CLOSED');
    },
  ),

  check('never ends early without an error when the thread is deleted meanwhile', async ({ store, open }) => {
    const { writer, texts } = await createLongThread(store);
    const iterator = (await open()).streamHistory(writer)[Symbol.asyncIterator]();
    const first = await iterator.next();
    assert.ok(first.done !== true);
    await store.deleteThread({ threadId: writer.threadId });
    const rest = collectItems({ [Symbol.asyncIterator]: () => iterator }, BigInt(first.value.items.length));
    const outcome: unknown = await rest.catch((error: unknown) => error);
    if (Array.isArray(outcome)) assert.equal(first.value.items.length + outcome.length, texts.length);
    else assertRefusal(outcome, 'THREAD_DELETED');
  }),

  check('ends with cancelled when its signal is aborted between two batches', async ({ store, open }) => {
    const { writer } = await createLongThread(store);
    const other = await open();
    const controller = new AbortController();
    const iterator = other.streamHistory(writer, { signal: controller.signal })[Symbol.asyncIterator]();
    assert.notEqual((await iterator.next()).done, true);
    controller.abort();
    await refused(iterator.next(), 'CANCELLED');
    await withinBound('close after a stream that was cancelled', other.close());
  }),
];

const refusals = [
  check('refuses on the first next(), and not before', async ({ store }) => {
    const stream = store.streamHistory({ threadId: newThreadId() });
    await refusedStream(stream, 'THREAD_NOT_FOUND');
    const unused = store.streamHistory({ threadId: 'not a uuid' });
    assert.equal(typeof unused[Symbol.asyncIterator], 'function');
  }),

  check('reads an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refusedStream(store.streamHistory({ threadId }), 'THREAD_ARCHIVED');
    assert.deepEqual(await collectItems(store.streamHistory({ threadId, includeArchived: true })), [item('first')]);
  }),

  check('refuses ordinals that no item can have', async ({ store }) => {
    const { threadId } = await createThread(store);
    const first = (params: object): Promise<unknown> =>
      store
        .streamHistory({ threadId, ...params })
        [Symbol.asyncIterator]()
        .next();
    await refusedField(first({ fromOrdinal: -1n }), 'fromOrdinal');
    await refusedField(first({ untilOrdinal: -1n }), 'untilOrdinal');
    await refusedField(first({ fromOrdinal: 0 }), 'fromOrdinal');
    const { code } = await errorOf(first({ threadId: 'not a uuid' }));
    assert.equal(code, 'invalid_request');
  }),
];

export const streamHistoryChapter = chapter('streamHistory', ...reading, ...snapshot, ...refusals);
