import assert from 'node:assert/strict';
import type { ResumeThreadParams } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { fullPatch } from '../support/metadata.ts';
import { assertRefusal, errorOf, refused, refusedField, refusedInput, unless } from '../support/refusals.ts';
import {
  createArchivedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  newThreadId,
  steal,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { until, withinBound } from '../support/waiting.ts';

const grants = [
  check('grants a greater epoch and tells where the items end', async ({ store, open }) => {
    const first = await createUnmaterialised(store);
    await first.append(item(0), item(1));
    await first.append(item(2));
    await first.shutdown();
    const grant = await (await open()).resumeThread({ threadId: first.threadId, holder: 'the next' });
    assert.equal(grant.threadId, first.threadId);
    assert.ok(grant.epoch > first.epoch);
    assert.equal(grant.nextOrdinal, 3n);
    assert.equal(grant.lease.holder, 'the next');
    assert.ok(grant.lease.until > grant.lease.since);
  }),

  check('writes no item and touches no metadata', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: fullPatch });
    const before = await wholeThread(store, { threadId });
    const { epoch, lease } = await store.resumeThread({ threadId });
    assert.deepEqual(await wholeThread(store, { threadId }), { ...before, epoch, lease, nextSequence: 0n });
  }),

  check('gives each grant an epoch of its own, growing', async ({ store }) => {
    const { threadId, epoch } = await createIdleThread(store);
    const epochs = [epoch];
    for (const takeover of ['fail', 'steal', 'steal'] as const) {
      epochs.push((await store.resumeThread({ threadId, takeover })).epoch);
    }
    const writer = await steal(store, { threadId });
    await writer.discard();
    epochs.push(writer.epoch, (await store.resumeThread({ threadId })).epoch);
    for (const [index, later] of epochs.slice(1).entries())
      assert.ok(later > (epochs[index] ?? 0n), `epochs ${epochs.join()}`);
  }),

  check('lets the new writer count its batches from 0 again', async ({ store }) => {
    const first = await createIdleThread(store);
    const second = new Writer(store, await store.resumeThread({ threadId: first.threadId }));
    await refused(store.appendItems({ ...second.ref, sequence: 1n, items: [item(1)] }), 'SEQUENCE_GAP', {
      expected: '0',
      actual: '1',
    });
    assert.deepEqual(await second.append(item(1)), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
  }),
];

const takeovers = [
  check('leaves a running lease alone unless told to steal it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { holder: 'the holder' });
    await writer.append(item(0));
    const { threadId } = writer;
    const before = await wholeThread(store, { threadId });
    for (const params of [{ threadId }, { threadId, takeover: 'fail' }] as const) {
      const error = await refused((await open()).resumeThread(params), 'WRITER_LIVE', {
        holder: 'the holder',
        actual: String(writer.epoch),
        leaseUntil: before.lease?.until.toISOString() ?? '',
      });
      assert.ok((error.retryAfterMs ?? 0) > 0, 'says when to ask again');
    }
    assert.deepEqual(await wholeThread(store, { threadId }), before);
    await writer.append(item(1));
  }),

  check('refuses the lease also to the store object that has granted it', async ({ store }) => {
    const { threadId } = await createThread(store);
    await refused(store.resumeThread({ threadId }), 'WRITER_LIVE');
  }),

  check('fences the holder of a stolen lease at once, for all its calls', async ({ store, open }) => {
    const old = await createUnmaterialised(store);
    await old.append(item('old'));
    const thief = await steal(await open(), old);
    const fenced = { expected: String(old.epoch), actual: String(thief.epoch) };
    await refused(old.append(item('late')), 'FENCED', fenced);
    await refused(old.persist(), 'FENCED', fenced);
    await refused(old.flush(), 'FENCED', fenced);
    await refused(old.shutdown(), 'FENCED', fenced);
    await refused(old.discard(), 'FENCED', fenced);
    await refused(store.archiveThread(old.ref), 'FENCED', fenced);
    await refused(store.unarchiveThread(old.ref), 'FENCED', fenced);
    assert.deepEqual(await thief.append(item('new')), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
    assert.deepEqual(await itemsOf(store, old), [item('old'), item('new')]);
  }),

  check('grants a released lease without a steal', async ({ store, open }) => {
    for (const leave of ['shutdown', 'discard'] as const) {
      const writer = await createThread(store);
      await writer[leave]();
      const { epoch } = await (await open()).resumeThread({ threadId: writer.threadId, takeover: 'fail' });
      assert.ok(epoch > writer.epoch);
    }
  }),

  check('refuses an unknown kind of takeover and a wrong holder by name', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const asking = { threadId, takeover: 'ask' } as unknown as ResumeThreadParams;
    await refusedField(store.resumeThread(asking), 'takeover');
    await refusedInput(store.resumeThread({ threadId, holder: 'a\u0000b' }), 'holder');
    await refusedInput(store.resumeThread({ threadId, holder: '\udfff' }), 'holder');
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
];

const expectations = [
  check('takes the thread under the epoch that was read, whatever the takeover', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId } = writer;
    const other = await open();
    const { epoch: first } = await other.readThread({ threadId });
    const thief = await other.resumeThread({ threadId, takeover: 'steal', expectedEpoch: first });
    assert.ok(thief.epoch > first);
    await new Writer(other, thief).shutdown();
    const next = await store.resumeThread({ threadId, takeover: 'wait', waitMs: 0, expectedEpoch: thief.epoch });
    await new Writer(store, next).shutdown();
    const last = await store.resumeThread({ threadId, expectedEpoch: next.epoch });
    assert.deepEqual(await new Writer(store, last).append(item(0)), {
      firstOrdinal: 0n,
      lastOrdinal: 0n,
      duplicate: false,
    });
  }),

  check('a takeover that comes late takes nothing from a writer that it does not know', async ({ store, open }) => {
    const old = await createThread(store);
    const { threadId } = old;
    const late = { threadId, takeover: 'steal', expectedEpoch: old.epoch, holder: 'late' } as const;
    const other = await open();
    const writer = await steal(other, old);
    await writer.append(item(0));
    const before = await wholeThread(store, { threadId });
    const fenced = { expected: String(old.epoch), actual: String(writer.epoch) };
    for (const client of [store, other]) {
      const error = await refused(client.resumeThread(late), 'FENCED', fenced);
      assert.equal(error.effect, 'none');
    }
    assert.deepEqual(await wholeThread(store, { threadId }), before);
    await writer.append(item(1));
    await writer.shutdown();
    await refused(store.resumeThread({ ...late, takeover: 'fail' }), 'FENCED', fenced);
    await refused(store.resumeThread({ ...late, takeover: 'wait' }), 'FENCED', fenced);
    assert.equal((await store.readThread({ threadId })).lease, null);
    assert.deepEqual(await itemsOf(store, { threadId }), [item(0), item(1)]);
  }),

  check('judges the epoch before the lease', async ({ store }) => {
    const { threadId, epoch } = await createThread(store);
    const ahead = epoch + 1n;
    const ungranted = { expected: String(ahead), actual: String(epoch) };
    for (const takeover of ['fail', 'wait', 'steal'] as const) {
      await refused(store.resumeThread({ threadId, takeover, expectedEpoch: ahead }), 'EPOCH_NOT_GRANTED', ungranted);
    }
    await refused(store.resumeThread({ threadId, expectedEpoch: epoch }), 'WRITER_LIVE');
    await refused(store.resumeThread({ threadId: newThreadId(), expectedEpoch: epoch }), 'THREAD_NOT_FOUND');
  }),

  check('a wait ends when somebody else is granted the thread', async ({ store, open }) => {
    const writer = await createThread(store);
    const { threadId, epoch } = writer;
    const waiting = errorOf((await open()).resumeThread({ threadId, takeover: 'wait', expectedEpoch: epoch }));
    const thief = await steal(store, writer);
    assertRefusal(await withinBound('an end of the wait', waiting), 'FENCED', { actual: String(thief.epoch) });
    await thief.append(item(0));
  }),

  check('of many that take a thread from one writer exactly one gets it', async ({ store, open }) => {
    const writer = await createThread(store);
    const params = { threadId: writer.threadId, takeover: 'steal', expectedEpoch: writer.epoch } as const;
    const clients = [store, await open(), await open()];
    const outcomes = await Promise.all(
      [...clients, ...clients].map((client) => client.resumeThread(params).catch((error: unknown) => error)),
    );
    const lost = outcomes.filter((outcome) => outcome instanceof Error);
    assert.equal(lost.length, outcomes.length - 1, 'one winner');
    for (const error of lost) assertRefusal(error, 'FENCED');
  }),

  check('refuses an epoch of a wrong form by name', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    for (const expectedEpoch of [-1n, 2n ** 63n, 1, '1', null] as unknown as bigint[]) {
      await refusedField(store.resumeThread({ threadId, expectedEpoch }), 'expectedEpoch');
    }
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
];

const lapses = [
  checkWith({ leaseDurationMs: 150 }, 'grants a lapsed lease without a steal', async ({ store, open }) => {
    const old = await createUnmaterialised(store);
    await old.append(item('old'));
    const other = await open();
    const grant = await until('the lease lapses', () => unless('WRITER_LIVE', other.resumeThread(old.ref)));
    assert.ok(grant.epoch > old.epoch);
    await refused(old.append(item('late')), 'FENCED');
    await new Writer(other, grant).append(item('new'));
    assert.deepEqual(await itemsOf(store, old), [item('old'), item('new')]);
  }),

  checkWith(
    { leaseDurationMs: 150 },
    'lets a writer whose lease has lapsed go on until somebody resumes',
    async ({ store, open }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(item(0));
      const lapsed = (await store.readThread(writer)).lease;
      // A thread made later gets its lease later: once that one has lapsed, the first has too.
      const later = await createThread(store);
      const other = await open();
      await until('a later lease lapses', () =>
        unless('WRITER_LIVE', other.resumeThread({ threadId: later.threadId })),
      );
      assert.deepEqual(await writer.append(item(1)), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
      const renewed = (await store.readThread(writer)).lease;
      assert.ok(
        renewed !== null && lapsed !== null && renewed.until > lapsed.until,
        'the append has renewed the lease',
      );
    },
  ),
];

const refusals = [
  check('resumes an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(store.resumeThread({ threadId }), 'THREAD_ARCHIVED');
    await refused(store.resumeThread({ threadId, includeArchived: false, takeover: 'steal' }), 'THREAD_ARCHIVED');
    const writer = new Writer(store, await store.resumeThread({ threadId, includeArchived: true }));
    await writer.append(item('in the archive'));
    assert.notEqual((await wholeThread(store, { threadId })).archivedAt, null, 'it stays archived');
  }),

  check('refuses a rollout path on a store without files', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const { threadId } = await createIdleThread(store);
    await refused(store.resumeThread({ threadId, rolloutPath: '/srv/x.jsonl' }), 'UNSUPPORTED_OPERATION', {
      operation: 'resume_thread.rollout_path',
    });
    assert.equal((await store.readThread({ threadId })).lease, null);
  }),
];

export const resumeThreadChapter = chapter(
  'resumeThread',
  ...grants,
  ...takeovers,
  ...expectations,
  ...lapses,
  ...refusals,
);
