import assert from 'node:assert/strict';
import type { ThreadMetadataPatch } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { emptyMetadata, fullPatch, patchedFully, pick, unstorablePatches, wrongPatches } from '../support/metadata.ts';
import { refused, refusedField, refusedInput, unless } from '../support/refusals.ts';
import {
  createArchivedThread,
  createDeletedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  newThreadId,
  wholeThread,
  Writer,
} from '../support/threads.ts';
import { until } from '../support/waiting.ts';
import { listIds } from '../support/walk.ts';

const grants = [
  check('grants the write lease of a new thread', async ({ store }) => {
    const threadId = newThreadId();
    const grant = await store.createThread({ threadId, holder: 'worker 7' });
    assert.equal(grant.threadId, threadId);
    assert.ok(grant.epoch >= 1n, `epochs begin at 1 or higher, this one is ${grant.epoch}`);
    assert.equal(grant.nextOrdinal, 0n);
    assert.equal(grant.lease.holder, 'worker 7');
    assert.ok(grant.lease.until > grant.lease.since, 'the lease runs for a while');
  }),

  checkWith({ leaseDurationMs: 7_000 }, 'gives a lease of the configured duration', async ({ store }) => {
    const { lease } = await store.createThread({ threadId: newThreadId() });
    assert.equal(lease.until.getTime() - lease.since.getTime(), 7_000);
  }),

  check('names the process of the caller as the holder when no label is given', async ({ store }) => {
    const { lease } = await store.createThread({ threadId: newThreadId() });
    assert.ok(lease.holder.includes(String(process.pid)), `process id in ${lease.holder}`);
  }),

  check('takes a UUID of any version in any case, and answers in lower case', async ({ store }) => {
    const ids = [
      '0190A5E4-8B2C-7D3E-9F10-ABCDEF012345',
      'C232AB00-9414-11EC-B3C8-9F6BDECED846',
      '5DF41881-3AED-3515-88A7-2F4A814CF09E',
      'ABCDEF01-2345-4678-9ABC-DEF012345678',
      '1ec9414c-232a-6b00-b3c8-9f6bdeced846',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ];
    for (const threadId of ids) {
      const grant = await store.createThread({ threadId, parentThreadId: threadId, forkedFromId: ids[0] ?? null });
      assert.equal(grant.threadId, threadId.toLowerCase());
      const writer = new Writer(store, { ...grant, threadId });
      await writer.append(item(0));
      for (const spelling of [threadId, threadId.toLowerCase()]) {
        const thread = await store.readThread({ threadId: spelling });
        assert.equal(thread.threadId, threadId.toLowerCase());
        assert.equal(thread.parentThreadId, threadId.toLowerCase());
        assert.equal(thread.forkedFromId, ids[0]?.toLowerCase());
      }
    }
    await refused(store.createThread({ threadId: ids[0]?.toLowerCase() ?? '' }), 'THREAD_EXISTS');
  }),
];

const firstMetadata = [
  check('keeps all metadata that comes with it', async ({ store }) => {
    const [forkedFromId, parentThreadId] = [newThreadId(), newThreadId()];
    const origin = { forkedFromId, parentThreadId, sessionId: 'session-1', originator: 'a-client' };
    const { threadId } = await createThread(store, { ...origin, metadata: fullPatch });
    const thread = await store.readThread({ threadId });
    const expected = { ...patchedFully, ...origin };
    assert.deepEqual(pick(thread, expected), expected);
  }),

  check('lets a thread that is brought in keep its old times', async ({ store }) => {
    const [createdAt, updatedAt, advanceRecencyAt] = [1, 3, 2].map((day) => new Date(Date.UTC(2001, 0, day)));
    assert.ok(createdAt && updatedAt && advanceRecencyAt);
    const writer = await createThread(store, { metadata: { createdAt, updatedAt, advanceRecencyAt } });
    const thread = await store.readThread(writer);
    assert.deepEqual([thread.createdAt, thread.updatedAt, thread.recencyAt], [createdAt, updatedAt, advanceRecencyAt]);
  }),

  check('gives absent metadata the empty value of its type and the times the time of the call', async ({ store }) => {
    const { threadId } = await createThread(store);
    const thread = await store.readThread({ threadId });
    assert.deepEqual(pick(thread, emptyMetadata), emptyMetadata);
    assert.deepEqual(thread.updatedAt, thread.createdAt);
    assert.deepEqual(thread.recencyAt, thread.createdAt);
    assert.ok(Math.abs(thread.createdAt.getTime() - Date.now()) < 60_000, 'created about now');
    assert.equal(thread.nextOrdinal, 0n);
  }),

  check('takes null for what can be cleared and for unknown origins', async ({ store }) => {
    const { threadId } = await createThread(store, {
      forkedFromId: null,
      parentThreadId: null,
      sessionId: null,
      originator: null,
      metadata: { name: null, gitInfo: { branch: null }, tokenUsage: null },
    });
    const thread = await store.readThread({ threadId });
    assert.deepEqual(pick(thread, emptyMetadata), emptyMetadata);
  }),

  check('refuses metadata with a wrong field and leaves the id free', async ({ store }) => {
    const threadId = newThreadId();
    for (const [field, metadata] of [...wrongPatches, ...unstorablePatches]) {
      const call = store.createThread({ threadId, metadata: metadata as ThreadMetadataPatch });
      await refusedInput(call, `metadata.${field}`);
    }
    await createUnmaterialised(store, { threadId });
  }),

  check('refuses a wrong holder or origin by the name of the field', async ({ store }) => {
    const threadId = newThreadId();
    const wrong = {
      holder: ['nul \u0000 inside', '\ud800'],
      sessionId: ['nul \u0000 inside', '\udfff'],
      originator: ['\u0000'],
      forkedFromId: ['x', '00000000-0000-0000-0000-000000000000'],
      parentThreadId: [threadId.replaceAll('-', '')],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        await refusedInput(store.createThread({ threadId, [field]: value }), field);
      }
    }
    await createUnmaterialised(store, { threadId });
  }),

  check('refuses a rollout path on a store without files', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const threadId = newThreadId();
    const error = await refused(
      store.createThread({ threadId, metadata: { rolloutPath: '/srv/x.jsonl' } }),
      'UNSUPPORTED_OPERATION',
    );
    assert.match(error.details.operation ?? '', /rollout_path/);
    await createUnmaterialised(store, { threadId });
  }),
];

const takenIds = [
  check('refuses an id that has a thread, and changes nothing of it', async ({ store, open }) => {
    const other = await open();
    for (const make of [createThread, createIdleThread, createArchivedThread]) {
      const { threadId } = await make(store, { metadata: { name: 'the first' } });
      const before = await wholeThread(store, { threadId });
      await refused(other.createThread({ threadId, metadata: { name: 'the second' } }), 'THREAD_EXISTS');
      assert.deepEqual(await wholeThread(store, { threadId }), before);
    }
  }),

  check('refuses an id whose creator holds the lease, and that creator goes on', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    const { threadId } = writer;
    await refused(store.createThread({ threadId }), 'THREAD_EXISTS');
    await refused((await open()).createThread({ threadId }), 'THREAD_EXISTS');
    assert.deepEqual(await writer.append(item(0)), { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false });
  }),

  check('refuses the id of a deleted thread for ever', async ({ store, open }) => {
    const { threadId } = await createDeletedThread(store);
    await refused(store.createThread({ threadId }), 'THREAD_ID_USED');
    await refused((await open()).createThread({ threadId }), 'THREAD_ID_USED');
    await refused(store.readThread({ threadId }), 'THREAD_DELETED');
  }),

  check(
    'takes the id again of a thread that was left before it was materialised, under a greater epoch',
    async ({ store }) => {
      for (const leave of ['discard', 'shutdown'] as const) {
        const first = await createUnmaterialised(store, { metadata: { name: 'the first' } });
        await first[leave]();
        const second = await createUnmaterialised(store, { threadId: first.threadId });
        const fenced = { expected: String(first.epoch), actual: String(second.epoch) };
        await refused(first.append(item('late')), 'FENCED', fenced);
        await second.persist();
        assert.equal((await store.readThread(second)).name, null, 'nothing of the first is left');
      }
    },
  ),

  checkWith(
    { leaseDurationMs: 150 },
    'takes over an unmaterialised thread once its lease has lapsed',
    async ({ store, open }) => {
      const first = await createUnmaterialised(store, { metadata: { name: 'the first', model: 'm' } });
      const { threadId } = first;
      const other = await open();
      const grant = await until('the id is free again', () =>
        unless('THREAD_EXISTS', other.createThread({ threadId, metadata: { name: 'the second' } })),
      );
      assert.ok(grant.epoch > first.epoch, 'the new grant has a greater epoch');
      await refused(first.append(item('late')), 'FENCED', {
        expected: String(first.epoch),
        actual: String(grant.epoch),
      });
      await new Writer(other, grant).append(item('second'));
      const thread = await wholeThread(store, { threadId });
      assert.deepEqual(thread.history?.items, [item('second')]);
      assert.deepEqual([thread.name, thread.model], ['the second', null]);
    },
  ),
];

const unmaterialised = [
  check('shows nobody a thread that is not materialised', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { metadata: { preview: 'not yet' } });
    await writer.flush();
    for (const reader of [store, await open()]) {
      await refused(reader.readThread({ threadId: writer.threadId }), 'THREAD_NOT_FOUND');
      assert.deepEqual(await listIds(reader), []);
      assert.deepEqual(await listIds(reader, { archived: true }), []);
    }
  }),

  check('checks the form of the id before anything is stored', async ({ store }) => {
    await refusedField(store.createThread({ threadId: 'not-a-uuid' }), 'threadId');
    assert.deepEqual(await listIds(store), []);
  }),
];

export const createThreadChapter = chapter('createThread', ...grants, ...firstMetadata, ...takenIds, ...unmaterialised);
