import assert from 'node:assert/strict';
import type { ForkThreadParams, ThreadId, ThreadStore } from '@threadstore/core';
import { chapter, type TestBody } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { checksOf } from '../support/optional.ts';
import { refused } from '../support/refusals.ts';
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
  Writer,
} from '../support/threads.ts';
import { threadWith } from '../support/turn-cases.ts';
import { listIds } from '../support/walk.ts';

const { check, checkWith } = checksOf('forkThread');

/** Forks a thread, and gives the fork's writer. */
async function fork(
  store: ThreadStore,
  { threadId: sourceThreadId }: { readonly threadId: ThreadId },
  params: Partial<ForkThreadParams> = {},
): Promise<Writer> {
  return new Writer(store, await store.forkThread({ threadId: newThreadId(), sourceThreadId, ...params }));
}

/** Texts that a store which parses or tidies would change. */
const exactTexts = [
  '{ "type" : "spaced",\t"n": 1.0e2, "n": 1 }',
  '{"type":"escaped","text":"\\u0000 \\ud800 \\/ \\u00e9 é"}',
  '{"type":"big","n":1e400,"i":12345678901234567890}',
  '{"b":1,"a":2,"type":"order","__proto__":{}}',
];

const copies = [
  check('gives all items of a thread, and the write lease of the new one', async ({ store, open }) => {
    const source = await threadWith(store, items(7), 3);
    const threadId = newThreadId();
    const grant = await store.forkThread({ threadId, sourceThreadId: source.threadId, holder: 'worker 7' });
    assert.deepEqual([grant.threadId, grant.nextOrdinal, grant.lease.holder], [threadId, 7n, 'worker 7']);
    assert.ok(grant.epoch >= 1n, `epochs begin at 1 or higher, this one is ${grant.epoch}`);
    const other = await open();
    const thread = await wholeThread(other, { threadId });
    assert.deepEqual(thread.history?.items, items(7));
    assert.deepEqual([thread.forkedFromId, thread.nextOrdinal], [source.threadId, 7n]);
    assert.deepEqual([thread.epoch, thread.lease?.holder], [grant.epoch, 'worker 7']);
    assert.deepEqual((await listIds(other)).toSorted(), [threadId, source.threadId].toSorted());
  }),

  check('takes ids in any case, and answers in lower case', async ({ store }) => {
    const { threadId: sourceThreadId } = await createIdleThread(store);
    const threadId = newThreadId();
    const grant = await store.forkThread({
      threadId: threadId.toUpperCase(),
      sourceThreadId: sourceThreadId.toUpperCase(),
    });
    assert.equal(grant.threadId, threadId);
    assert.equal((await store.readThread({ threadId })).forkedFromId, sourceThreadId);
  }),

  check('copies every text as it is', async ({ store }) => {
    const source = await threadWith(store, exactTexts);
    const copy = await fork(store, source);
    assert.deepEqual(await itemsOf(store, copy), exactTexts);
  }),

  check('is there without an item, too', async ({ store, open }) => {
    const empty = await createThread(store);
    const full = await createIdleThread(store);
    for (const copy of [await fork(store, empty), await fork(store, full, { at: { beforeOrdinal: 0n } })]) {
      assert.deepEqual(await itemsOf(await open(), copy), []);
      await copy.discard();
      assert.equal((await store.readThread(copy)).lease, null, 'it stays when its writer goes');
    }
  }),

  check('copies a thread of many items', async ({ store }) => {
    const texts = Array.from({ length: 2_500 }, (_, n) => `{"type":"long","n":${n},"text":"${'x'.repeat(n % 600)}"}`);
    const source = await threadWith(store, texts);
    const copy = await fork(store, source, { at: { beforeOrdinal: 2_300n } });
    assert.deepEqual(await itemsOf(store, copy), texts.slice(0, 2_300));
  }),

  check('leaves the source as it is, with its writer, and the two grow apart', async ({ store, open }) => {
    const source = await threadWith(store, items(3));
    const before = await wholeThread(store, source);
    const copy = await fork(await open(), source);
    assert.deepEqual(await wholeThread(store, source), before);
    assert.equal((await source.append(item('of the source'))).firstOrdinal, 3n);
    assert.equal((await copy.append(item('of the fork'))).firstOrdinal, 3n);
    assert.deepEqual(await itemsOf(store, source), [...items(3), item('of the source')]);
    assert.deepEqual(await itemsOf(store, copy), [...items(3), item('of the fork')]);
  }),

  check('a fork can be forked', async ({ store }) => {
    const source = await threadWith(store, items(2));
    const first = await fork(store, source);
    await first.append(...items(2, 2));
    const second = await fork(store, first, { at: { beforeOrdinal: 3n } });
    assert.deepEqual(await itemsOf(store, second), items(3));
    assert.equal((await store.readThread(second)).forkedFromId, first.threadId);
  }),

  check('source and fork outlive each other', async ({ store }) => {
    const source = await threadWith(store, items(3));
    const [first, second] = [await fork(store, source), await fork(store, source)];
    await store.deleteThread(first);
    assert.deepEqual(await itemsOf(store, source), items(3));
    await store.deleteThread(source);
    assert.deepEqual(await itemsOf(store, second), items(3));
    await second.append(item(3));
    await refused(fork(store, source), 'THREAD_DELETED');
    await refused(fork(store, second, { threadId: first.threadId }), 'THREAD_ID_USED');
  }),

  check('holds what was there at one moment, while the source’s writer goes on', async ({ store, open }) => {
    const source = await threadWith(store, items(3));
    const other = await open();
    const writing = (async () => {
      for (let n = 1; n < 40; n += 1) await source.append(...items(3, 3 * n));
    })();
    const forks: Writer[] = [];
    for (let n = 0; n < 10; n += 1) forks.push(await fork(other, source));
    await writing;
    for (const copy of forks) {
      const texts = await itemsOf(store, copy);
      assert.equal(texts.length % 3, 0, 'of a batch all or none');
      assert.deepEqual(texts, items(texts.length));
    }
    assert.deepEqual(await itemsOf(store, source), items(120));
  }),
];

const writers = [
  check('no batch of the source is one of the fork’s writer', async ({ store }) => {
    const source = await threadWith(store, items(4), 2);
    const copy = await fork(store, source);
    assert.deepEqual(await copy.append(...items(2)), { firstOrdinal: 4n, lastOrdinal: 5n, duplicate: false });
    assert.deepEqual(await copy.append(item('else')), { firstOrdinal: 6n, lastOrdinal: 6n, duplicate: false });
    assert.deepEqual(await itemsOf(store, copy), [...items(4), ...items(2), item('else')]);
    for (const epoch of [0n, copy.epoch + 1n]) {
      const late = store.appendItems({ threadId: copy.threadId, epoch, sequence: 0n, items: items(2) });
      await refused(late, epoch === 0n ? 'FENCED' : 'EPOCH_NOT_GRANTED');
    }
  }),

  check('its writers’ retries find their batches behind what was copied', async ({ store, open }) => {
    const source = await threadWith(store, items(2));
    for (let n = 0; n < 3; n += 1) await (await steal(store, source)).append(...items(3, 2 + 3 * n));
    const copy = await fork(store, source);
    const sent = [0, 1, 2].map((n) => copy.batch(items(2, n)));
    for (const batch of sent) await store.appendItems(batch);
    const other = await open();
    for (const [n, batch] of sent.entries()) {
      const firstOrdinal = BigInt(11 + 2 * n);
      const again = { firstOrdinal, lastOrdinal: firstOrdinal + 1n, duplicate: true };
      assert.deepEqual(await other.appendItems(batch), again);
    }
    const next = await steal(store, copy);
    assert.ok(next.epoch > copy.epoch);
    assert.equal((await next.append(item('next'))).firstOrdinal, 17n);
    await refused(copy.append(item('late')), 'FENCED');
  }),

  check('no operation id of the source is used in the fork', async ({ store }) => {
    const source = await threadWith(store, items(1));
    await store.appendItems(external(source, 'hook 1', items(2)));
    const copy = await fork(store, source);
    const placed = { firstOrdinal: 3n, lastOrdinal: 3n };
    const other = external(copy, 'hook 1', [item('else')]);
    assert.deepEqual(await store.appendItems(other), { ...placed, duplicate: false });
    assert.deepEqual(await store.appendItems(other), { ...placed, duplicate: true });
    assert.equal((await copy.append(item(4))).firstOrdinal, 4n);
  }),

  checkWith({ leaseDurationMs: 7_000 }, 'gives a lease of the configured duration', async ({ store }) => {
    const source = await createIdleThread(store);
    const grant = await store.forkThread({ threadId: newThreadId(), sourceThreadId: source.threadId });
    assert.equal(grant.lease.until.getTime() - grant.lease.since.getTime(), 7_000);
    assert.ok(grant.lease.holder.includes(String(process.pid)), `process id in ${grant.lease.holder}`);
    await new Writer(store, grant).shutdown();
    assert.equal((await store.readThread(grant)).lease, null);
    assert.equal((await store.readThread(source)).epoch, source.epoch);
  }),

  check('takes the id of a creation that was given up, under a greater epoch', async ({ store }) => {
    const source = await threadWith(store, items(2));
    const metadata = { name: 'the first', model: 'm' };
    const first = await createUnmaterialised(store, { sessionId: 'the first', metadata });
    await first.discard();
    const copy = await fork(store, source, { threadId: first.threadId });
    assert.ok(copy.epoch > first.epoch, 'the epochs of the id go on');
    await refused(first.append(item('late')), 'FENCED');
    const thread = await wholeThread(store, copy);
    assert.deepEqual([thread.name, thread.model, thread.sessionId, thread.nextOrdinal], [null, null, null, 2n]);
    assert.deepEqual(thread.history?.items, items(2));
    await copy.append(item(2));
  }),
];

const takenIds: TestBody = async ({ store, open }) => {
  const source = await threadWith(store, items(2));
  const other = await open();
  const held = await createUnmaterialised(store);
  const stored = await createIdleThread(store, { metadata: { name: 'mine' } });
  const before = await wholeThread(store, stored);
  for (const { threadId } of [stored, source, held]) {
    await refused(fork(other, source, { threadId }), 'THREAD_EXISTS');
  }
  assert.deepEqual(await wholeThread(store, stored), before);
  const deleted = await createDeletedThread(store);
  await refused(fork(other, source, { threadId: deleted.threadId }), 'THREAD_ID_USED');
  assert.equal((await held.append(item(0))).firstOrdinal, 0n);
};

export const forkThreadChapter = chapter(
  'forkThread',
  ...copies,
  ...writers,
  check('refuses an id that has a thread, or had one, and changes nothing of it', takenIds),
);
