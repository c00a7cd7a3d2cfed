import assert from 'node:assert/strict';
import type { RenewLeasesParams, ThreadStore, WriterRef } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { assertRefusal, refused, refusedField, refusedLimit, unless } from '../support/refusals.ts';
import {
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  newThreadId,
  steal,
  wholeThread,
} from '../support/threads.ts';
import { until } from '../support/waiting.ts';

async function leaseEnd(store: ThreadStore, { threadId }: WriterRef): Promise<number> {
  const { lease } = await store.readThread({ threadId, includeArchived: true });
  assert.ok(lease !== null, 'the thread has a lease');
  return lease.until.getTime();
}

/** Asserts that the work makes each of these leases end later than it did. */
async function assertRenewed(
  store: ThreadStore,
  writers: readonly WriterRef[],
  work: () => Promise<unknown> = async () => assert.deepEqual(await store.renewLeases({ writers }), { lost: [] }),
): Promise<void> {
  const before = await Promise.all(writers.map((writer) => leaseEnd(store, writer)));
  const read = performance.now();
  await until('the clock moves on', async () => performance.now() > read + 5 || undefined);
  await work();
  for (const [index, writer] of writers.entries()) {
    assert.ok((await leaseEnd(store, writer)) > (before[index] ?? Infinity), `lease ${index} ends later`);
  }
}

const renewing = [
  check('renews the leases of many writers, and changes nothing else', async ({ store, open }) => {
    const writers = await Promise.all(Array.from({ length: 5 }, () => createThread(store)));
    const refs = writers.map((writer) => writer.ref);
    const before = await Promise.all(refs.map((ref) => wholeThread(store, ref)));
    const other = await open();
    await assertRenewed(other, refs);
    for (const [index, writer] of writers.entries()) {
      const { lease: old, ...same } = before[index] ?? {};
      const { lease, ...after } = await wholeThread(store, writer);
      assert.deepEqual(after, same);
      assert.deepEqual([lease?.since, lease?.holder], [old?.since, old?.holder], 'the lease is still the same');
      assert.equal((await writer.append(item(0))).firstOrdinal, 0n);
    }
  }),

  check('knows ids in any case, and renews in the archive too', async ({ store }) => {
    const writer = await createThread(store);
    await store.archiveThread(writer.ref);
    await assertRenewed(store, [{ ...writer.ref, threadId: writer.threadId.toUpperCase() }]);
  }),

  checkWith({ leaseDurationMs: 150 }, 'renews a lapsed lease that nobody has taken', async ({ store, open }) => {
    const hidden = await createUnmaterialised(store);
    const writer = await createThread(store);
    const later = await createThread(store);
    const other = await open();
    await until('a later lease lapses', () => unless('WRITER_LIVE', other.resumeThread({ threadId: later.threadId })));
    await assertRenewed(store, [writer.ref]);
    assert.deepEqual(await store.renewLeases({ writers: [hidden.ref] }), { lost: [] });
  }),

  check('renews a thread that only its writer knows, and does not materialise it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    assert.deepEqual(await store.renewLeases({ writers: [writer.ref] }), { lost: [] });
    await refused((await open()).readThread(writer), 'THREAD_NOT_FOUND');
    await writer.append(item(0));
  }),

  check('renews nothing when there is nobody', async ({ store }) => {
    assert.deepEqual(await store.renewLeases({ writers: [] }), { lost: [] });
  }),
];

const losing = [
  check('tells each writer that may write no more, and why; the others are unharmed', async ({ store, open }) => {
    const [fenced, kept] = [await createThread(store), await createThread(store)];
    const thief = await steal(await open(), fenced);
    const released = await createIdleThread(store);
    const ungranted = { ...kept.ref, epoch: kept.epoch + 1n };
    const unknown = { threadId: newThreadId(), epoch: 1n };
    const deleted = await createDeletedThread(store);
    const gone = await createUnmaterialised(store);
    await gone.discard();
    const expected = [
      [fenced.ref, 'FENCED', { expected: String(fenced.epoch), actual: String(thief.epoch) }],
      [released.ref, 'WRITER_RELEASED', { actual: String(released.epoch) }],
      [ungranted, 'EPOCH_NOT_GRANTED', { expected: String(ungranted.epoch), actual: String(kept.epoch) }],
      [unknown, 'THREAD_NOT_FOUND', {}],
      [gone.ref, 'THREAD_NOT_FOUND', {}],
      [deleted.ref, 'THREAD_DELETED', {}],
    ] as const;
    await assertRenewed(store, [kept.ref, thief.ref], async () => {
      const { lost } = await store.renewLeases({ writers: [...expected.map(([ref]) => ref), kept.ref, thief.ref] });
      assert.equal(lost.length, expected.length);
      for (const [{ threadId, epoch }, reason, details] of expected) {
        const found = lost.find((writer) => writer.threadId === threadId && writer.epoch === epoch);
        assertRefusal(found?.error, reason, details);
      }
    });
    await kept.append(item(0));
    await thief.append(item(0));
    const { lease } = await store.readThread(released);
    assert.equal(lease, null, 'a released lease stays released');
  }),
];

const input = [
  check('refuses what is no list of writers, and renews none of it', async ({ store }) => {
    const writer = await createThread(store);
    const before = await store.readThread(writer);
    const renew = (...writers: readonly unknown[]): Promise<unknown> =>
      store.renewLeases({ writers: [writer.ref, ...writers] } as RenewLeasesParams);
    for (const writers of [undefined, null, writer.ref, 'x']) {
      await refusedField(store.renewLeases({ writers } as never), 'writers');
    }
    await refusedField(renew(null), 'writers[1]');
    await refusedField(renew(writer.threadId), 'writers[1]');
    await refusedField(renew({ threadId: writer.threadId }), 'writers[1].epoch');
    await refusedField(renew({ ...writer.ref, epoch: -1n }), 'writers[1].epoch');
    await refusedField(renew(writer.ref, { epoch: 1n }), 'writers[2].threadId');
    assert.deepEqual(await store.readThread(writer), before);
  }),

  check('takes up to writersMax writers', async ({ store, limits }) => {
    const writer = await createThread(store);
    const max = limits.writersMax;
    const unknown = Array.from({ length: max }, () => ({ threadId: newThreadId(), epoch: 1n }));
    const { lost } = await store.renewLeases({ writers: [...unknown.slice(1), writer.ref] });
    assert.equal(lost.length, max - 1);
    const tooMany = store.renewLeases({ writers: [...unknown, writer.ref] });
    await refusedLimit(tooMany, { field: 'writers', limit: 'writersMax', max, got: max + 1 });
  }),
];

export const renewLeasesChapter = chapter('renewLeases', ...renewing, ...losing, ...input);
