import assert from 'node:assert/strict';
import type { AppendItemsParams, AppendResult } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, refused, refusedField, refusedInput, refusedLimit } from '../support/refusals.ts';
import { createIdleThread, createThread, createUnmaterialised, external, itemsOf, steal } from '../support/threads.ts';

/** Ids that are taken for one another wherever text is folded, trimmed, normalised or read as a number. */
const alike = ['a', 'A', ' a', 'a ', 'ä', 'a\u0308', '1', '01', '1.0', '%', '_', "'", '\\', '\n', '\ufeffa', '👩‍🚀'];

const duplicates = [
  check('answers a repeated operation with the ordinals it has, and stores nothing twice', async ({ store, open }) => {
    const writer = await createThread(store);
    const note = external(writer, 'x', items(2));
    await store.appendItems(note);
    const duplicate = { firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true };
    const other = await open();
    const assertKnown = async (): Promise<void> => {
      for (const client of [store, other]) assert.deepEqual(await client.appendItems(note), duplicate);
    };
    await assertKnown();
    await writer.append(item(2));
    await other.appendItems(external(writer, 'y', [item(3)]));
    await assertKnown();
    await (await steal(other, writer)).shutdown();
    await assertKnown();
    await store.archiveThread({ threadId: writer.threadId });
    await assertKnown();
    await refused(other.appendItems({ ...note, items: [item(0)] }), 'OPERATION_REUSED');
    await store.close();
    assert.deepEqual(await (await open()).appendItems(note), duplicate);
    assert.deepEqual(await itemsOf(other, writer), items(4));
  }),

  check('tells operation ids apart to the byte, and those of two threads', async ({ store }) => {
    const threads = [await createThread(store), await createThread(store)];
    for (const writer of threads) {
      for (const [index, operationId] of alike.entries()) {
        const { firstOrdinal, duplicate } = await store.appendItems(external(writer, operationId, [item(index)]));
        assert.deepEqual([firstOrdinal, duplicate], [BigInt(index), false], JSON.stringify(operationId));
      }
    }
    for (const writer of threads) {
      const again = alike.map((id, index) => store.appendItems(external(writer, id, [item(index)])));
      for (const [index, { firstOrdinal, duplicate }] of (await Promise.all(again)).entries()) {
        assert.deepEqual([firstOrdinal, duplicate], [BigInt(index), true]);
      }
      assert.deepEqual(await itemsOf(store, writer), items(alike.length));
    }
  }),

  check('refuses an operation id that was used for other items', async ({ store }) => {
    const writer = await createThread(store);
    await store.appendItems(external(writer, 'the id', items(2)));
    await writer.append(item(2));
    for (const others of [[item(0)], [item(1), item(0)], items(3), [item(0), `${item(1)} `]]) {
      const call = store.appendItems(external(writer, 'the id', others));
      await refused(call, 'OPERATION_REUSED', { operationId: 'the id' });
    }
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),
];

const races = [
  check('stores one operation once when two clients send it many times at once', async ({ store, open }) => {
    const writer = await createThread(store);
    const clients = [store, await open()];
    const results = await Promise.all(
      [...clients, ...clients, ...clients].map((client) => client.appendItems(external(writer, 'x', items(3)))),
    );
    assert.equal(results.filter((result) => !result.duplicate).length, 1, 'one attempt has stored it');
    for (const result of results) assert.deepEqual([result.firstOrdinal, result.lastOrdinal], [0n, 2n]);
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),

  check('stores one of two batches that two clients send under one operation id', async ({ store, open }) => {
    const { threadId } = await createThread(store);
    const other = await open();
    for (let n = 0; n < 3; n += 1) {
      const outcomes = await Promise.allSettled([
        store.appendItems(external({ threadId }, `${n}`, [item(`${n} x`)])),
        other.appendItems(external({ threadId }, `${n}`, [item(`${n} y`)])),
      ]);
      const won = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
      const lost = outcomes[1 - won];
      assert.ok(won >= 0 && lost?.status === 'rejected', 'exactly one is stored');
      assertRefusal(lost.reason, 'OPERATION_REUSED', { operationId: `${n}` });
      const stored = await itemsOf(store, { threadId });
      assert.deepEqual([stored.length, stored.at(-1)], [n + 1, item(`${n} ${won === 0 ? 'x' : 'y'}`)]);
    }
  }),

  check('is stored, every one, beside a writer at work and takeovers', async ({ store, open }) => {
    const writer = await createThread(store);
    const other = await open();
    const notes: Promise<AppendResult>[] = [];
    const batches: Promise<AppendResult>[] = [];
    for (let n = 0; n < 20; n += 1) {
      batches.push(writer.append(item(`writer ${n}`)));
      notes.push(other.appendItems(external(writer, `${n}`, [item(`note ${n} a`), item(`note ${n} b`)])));
    }
    const settled = Promise.all([Promise.all(notes), Promise.allSettled(batches)]);
    const thief = await steal(other, writer);
    const [[stored, outcomes]] = await Promise.all([settled, thief.append(item('thief'))]);
    const texts = await itemsOf(store, writer);
    for (const [n, { firstOrdinal, lastOrdinal, duplicate }] of stored.entries()) {
      assert.deepEqual([lastOrdinal, duplicate], [firstOrdinal + 1n, false]);
      const found = texts.slice(Number(firstOrdinal), Number(lastOrdinal) + 1);
      assert.deepEqual(found, [item(`note ${n} a`), item(`note ${n} b`)]);
    }
    const written = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    assert.deepEqual(
      texts.filter((text) => text.includes('writer')),
      Array.from({ length: written }, (_, n) => item(`writer ${n}`)),
    );
    assert.equal(texts.length, written + 41);
  }),
];

const input = [
  check('is either external or a batch of the writer', async ({ store }) => {
    const writer = await createThread(store);
    const { epoch, threadId } = writer;
    const send = (params: object): Promise<AppendResult> =>
      store.appendItems({ threadId, items: [item(0)], ...params } as object as AppendItemsParams);
    const note = { external: true, operationId: 'x' };
    await refusedField(send({ ...note, epoch }), 'epoch');
    await refusedField(send({ ...note, sequence: 0n }), 'sequence');
    await refusedInput(send({ ...note, epoch, sequence: 0n }), 'epoch');
    await refusedField(send({ operationId: 'x', epoch, sequence: 0n }), 'operationId');
    await refusedField(send({ external: false, operationId: 'x', epoch, sequence: 0n }), 'operationId');
    await refusedField(send({ ...note, external: 'yes' }), 'external');
    await refusedField(send({ external: true }), 'operationId');
    assert.deepEqual(await itemsOf(store, writer), []);
    await send({ external: false, epoch, sequence: 0n });
  }),

  check('takes operation ids of up to operationIdBytesMax bytes', async ({ store, limits }) => {
    const { threadId } = await createIdleThread(store);
    const max = limits.operationIdBytesMax;
    const send = (operationId: unknown): Promise<AppendResult> =>
      store.appendItems(external({ threadId }, operationId as string, [item(1)]));
    const limit = { field: 'operationId', limit: 'operationIdBytesMax', max };
    await refusedLimit(send('x'.repeat(max + 1)), { ...limit, got: max + 1 });
    await refusedLimit(send('é'.repeat(max / 2 + 1)), { ...limit, got: max + 2 });
    for (const wrong of ['', 7, null, {}, 'a\u0000b']) await refusedField(send(wrong), 'operationId');
    await refused(send('lone \ud800 surrogate'), 'NOT_UNICODE', { field: 'operationId' });
    assert.equal((await send('é'.repeat(max / 2))).firstOrdinal, 1n);
  }),

  check('is checked like any other batch', async ({ store }) => {
    const hidden = await createUnmaterialised(store);
    const { threadId } = await createIdleThread(store);
    await refusedField(store.appendItems(external({ threadId }, 'x', [])), 'items');
    const notJson = store.appendItems(external(hidden, 'x', [item(0), '{"type":"x"']));
    await refused(notJson, 'ITEM_NOT_JSON', { field: 'items[1]', offset: '11' });
    await refusedField(store.appendItems(external({ threadId: 'x' }, 'x', [item(0)])), 'threadId');
    assert.equal((await store.appendItems(external({ threadId }, 'x', [item(1)]))).duplicate, false);
  }),
];

export const operationIdChapter = chapter('appendItems: one operation, stored once', ...duplicates, ...races, ...input);
