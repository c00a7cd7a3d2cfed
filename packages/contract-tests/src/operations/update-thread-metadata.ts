import assert from 'node:assert/strict';
import type { JsonValue, StoredThread, ThreadMetadataPatch, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import {
  cleared,
  clearingPatch,
  fullPatch,
  inTheFuture,
  patchedFully,
  pick,
  unstorablePatches,
  wrongPatches,
} from '../support/metadata.ts';
import { refused, refusedInput } from '../support/refusals.ts';
import {
  createArchivedThread,
  createIdleThread,
  createThread,
  createUnmaterialised,
  itemsOf,
  steal,
  wholeThread,
} from '../support/threads.ts';
import { fieldLimits } from './metadata-limits.ts';

const patches = [
  check('sets every field, and resolves to the thread as it now reads', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store);
    const before = await store.readThread({ threadId });
    const thread = await store.updateThreadMetadata({ threadId, patch: fullPatch });
    assert.deepEqual(thread, { ...before, ...patchedFully });
    assert.deepEqual(await (await open()).readThread({ threadId }), thread);
  }),

  check('clears every field that can be cleared, and touches no other', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: fullPatch });
    const before = await store.readThread({ threadId });
    const thread = await store.updateThreadMetadata({ threadId, patch: clearingPatch });
    assert.deepEqual(thread, { ...before, ...cleared });
    assert.deepEqual(await store.readThread({ threadId }), thread);
  }),

  check('changes the one field that it names and no other, updatedAt included', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    let expected = await store.readThread({ threadId });
    for (const [field, value] of Object.entries(fullPatch)) {
      const patch: ThreadMetadataPatch = { [field]: value };
      expected = { ...expected, [field === 'advanceRecencyAt' ? 'recencyAt' : field]: value };
      assert.deepEqual(await store.updateThreadMetadata({ threadId, patch }), expected, field);
    }
    assert.deepEqual(await store.readThread({ threadId }), expected);
  }),

  check('is a plain read with an empty patch', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: fullPatch });
    const before = await store.readThread({ threadId });
    assert.deepEqual(await store.updateThreadMetadata({ threadId, patch: {} }), before);
    assert.deepEqual(await store.updateThreadMetadata({ threadId, patch: { gitInfo: {} } }), before);
    assert.deepEqual(await store.readThread({ threadId }), before);
  }),

  check('gives the same state when it is repeated', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const first = await store.updateThreadMetadata({ threadId, patch: fullPatch });
    assert.deepEqual(await store.updateThreadMetadata({ threadId, patch: fullPatch }), first);
  }),

  check('needs no lease and disturbs no writer', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const other = await open();
    await other.updateThreadMetadata({ threadId: writer.threadId, patch: { name: 'by another' } });
    assert.deepEqual(await writer.append(item(1)), { firstOrdinal: 1n, lastOrdinal: 1n, duplicate: false });
    const thread = await store.readThread(writer);
    assert.deepEqual([thread.name, thread.epoch, thread.nextOrdinal], ['by another', writer.epoch, 2n]);
    assert.equal((await itemsOf(store, writer)).length, 2);
  }),

  check('lets all of many concurrent patches to different fields win', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store);
    const clients = [store, await open(), await open()];
    const patchBy = (client: ThreadStore, [field, value]: [string, unknown]): Promise<unknown> =>
      client.updateThreadMetadata({ threadId, patch: { [field]: value } });
    const entries = Object.entries<unknown>(fullPatch);
    await Promise.all(entries.map((entry, index) => patchBy(clients[index % clients.length] ?? store, entry)));
    assert.deepEqual(pick(await store.readThread({ threadId }), patchedFully), patchedFully);
  }),
];

const fields = [
  check('never lets title and name change each other', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const names = async (patch: ThreadMetadataPatch): Promise<unknown> => {
      const { name, title, preview, firstUserMessage } = await store.updateThreadMetadata({ threadId, patch });
      return { name, title, preview, firstUserMessage };
    };
    const none = { preview: '', firstUserMessage: null };
    assert.deepEqual(await names({ name: 'by a person' }), { name: 'by a person', title: null, ...none });
    assert.deepEqual(await names({ title: 'derived' }), { name: 'by a person', title: 'derived', ...none });
    assert.deepEqual(await names({ title: 'by a person' }), { name: 'by a person', title: 'by a person', ...none });
    assert.deepEqual(await names({ name: null }), { name: null, title: 'by a person', ...none });
    assert.deepEqual(await names({ name: 'again', title: null }), { name: 'again', title: null, ...none });
  }),

  check('patches git information member by member', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const git = async (gitInfo: ThreadMetadataPatch['gitInfo']): Promise<StoredThread['gitInfo']> =>
      (await store.updateThreadMetadata({ threadId, patch: { gitInfo: gitInfo ?? {} } })).gitInfo;
    assert.equal(await git({}), null);
    assert.deepEqual(await git({ branch: 'main' }), { commitHash: null, branch: 'main', repositoryUrl: null });
    assert.deepEqual(await git({ commitHash: 'c1' }), { commitHash: 'c1', branch: 'main', repositoryUrl: null });
    assert.deepEqual(await git({ branch: null, repositoryUrl: 'u' }), {
      commitHash: 'c1',
      branch: null,
      repositoryUrl: 'u',
    });
    assert.deepEqual(await git({}), { commitHash: 'c1', branch: null, repositoryUrl: 'u' });
    assert.equal(await git({ commitHash: null, repositoryUrl: null }), null);
  }),

  check('never moves recency back', async ({ store, open }) => {
    const { threadId } = await createIdleThread(store);
    const { recencyAt: first } = await store.readThread({ threadId });
    const advance = async (to: Date): Promise<Date> =>
      (await store.updateThreadMetadata({ threadId, patch: { advanceRecencyAt: to } })).recencyAt;
    assert.deepEqual(await advance(new Date(0)), first);
    assert.deepEqual(await advance(inTheFuture), inTheFuture);
    assert.deepEqual(await advance(new Date(inTheFuture.getTime() - 1)), inTheFuture);
    const later = Array.from({ length: 10 }, (_, n) => new Date(inTheFuture.getTime() + ((n * 7) % 10)));
    const other = await open();
    await Promise.all(later.map((time) => other.updateThreadMetadata({ threadId, patch: { advanceRecencyAt: time } })));
    assert.deepEqual((await store.readThread({ threadId })).recencyAt, new Date(inTheFuture.getTime() + 9));
  }),

  check('sets createdAt and updatedAt to any time, back or ahead', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    for (const time of [
      '2099-12-31T23:59:59.999Z',
      '1969-07-20T20:17:40.001Z',
      '0001-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ]) {
      const [createdAt, updatedAt] = [new Date(time), new Date(time)];
      const thread = await store.updateThreadMetadata({ threadId, patch: { createdAt, updatedAt } });
      assert.deepEqual([thread.createdAt, thread.updatedAt], [createdAt, updatedAt]);
    }
  }),

  check('keeps JSON values as they are', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const values: JsonValue[] = [
      'on-request',
      '',
      0,
      -1.5e300,
      true,
      false,
      [],
      {},
      [null, { a: [{}] }],
      { '': 0, b: { __type: 'x' }, a: '"quoted" \\ ünï 😀 \u2028' },
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as JsonValue,
    ];
    for (const value of values) {
      const patch = { approvalMode: value, sandboxPolicy: [value] };
      const thread = await store.updateThreadMetadata({ threadId, patch });
      assert.deepEqual([thread.approvalMode, thread.sandboxPolicy], [value, [value]]);
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    const thread = await store.updateThreadMetadata({ threadId, patch: { approvalMode: null } });
    assert.equal(thread.approvalMode, null);
  }),

  check('keeps text of every kind', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const texts = [
      '',
      ' ',
      'null',
      '{}',
      '\u0001\u001f\u007f',
      'a\r\nb\tc',
      "'; --",
      '%_\\',
      'ünï 😀 \u{10fffd} \ufeff\uffff',
      '__proto__',
    ];
    for (const text of texts) {
      const patch = { name: text, title: text, preview: text, cwd: text, gitInfo: { branch: text } };
      const thread = await store.updateThreadMetadata({ threadId, patch });
      assert.deepEqual(pick(thread, { ...patch, gitInfo: null }), {
        ...patch,
        gitInfo: { commitHash: null, branch: text, repositoryUrl: null },
      });
    }
  }),
];

const refusals = [
  check('refuses a patch with a wrong field, by name, and stores nothing of it', async ({ store }) => {
    const { threadId } = await createIdleThread(store, { metadata: fullPatch });
    const before = await wholeThread(store, { threadId });
    for (const [field, wrong] of [...wrongPatches, ...unstorablePatches]) {
      const patch = { agentRole: 'not to be stored', ...(wrong as ThreadMetadataPatch) };
      await refusedInput(store.updateThreadMetadata({ threadId, patch }), `patch.${field}`);
    }
    for (const patch of [null, 'name', [], 7]) {
      await refusedInput(store.updateThreadMetadata({ threadId, patch: patch as ThreadMetadataPatch }), 'patch');
    }
    assert.deepEqual(await wholeThread(store, { threadId }), before);
  }),

  check('refuses a rollout path on a store without files', async ({ store, factory }) => {
    if (factory.capabilities.readThreadByRolloutPath) return;
    const { threadId } = await createIdleThread(store);
    const patch = { name: 'x', rolloutPath: '/srv/x.jsonl' };
    await refused(store.updateThreadMetadata({ threadId, patch }), 'UNSUPPORTED_OPERATION', {
      operation: 'update_thread_metadata.rollout_path',
    });
    assert.equal((await store.readThread({ threadId })).name, null);
  }),

  check('patches an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    const before = await wholeThread(store, { threadId });
    await refused(store.updateThreadMetadata({ threadId, patch: { name: 'x' } }), 'THREAD_ARCHIVED');
    await refused(store.updateThreadMetadata({ threadId, patch: {} }), 'THREAD_ARCHIVED');
    assert.deepEqual(await wholeThread(store, { threadId }), before);
    const thread = await store.updateThreadMetadata({ threadId, patch: { name: 'x' }, includeArchived: true });
    assert.deepEqual([thread.name, thread.archivedAt], ['x', before.archivedAt]);
  }),

  check('goes by the metadata that an append has committed', async ({ store }) => {
    const old = await createThread(store);
    await store.appendItems(old.batch([item(0)], { gitInfo: { branch: 'one' }, advanceRecencyAt: inTheFuture }));
    const thief = await steal(store, old);
    await store.appendItems(thief.batch([item(1)], { gitInfo: { commitHash: 'c' }, advanceRecencyAt: new Date(0) }));
    const thread = await store.updateThreadMetadata({
      threadId: old.threadId,
      patch: { gitInfo: { repositoryUrl: 'u' } },
    });
    assert.deepEqual(thread.gitInfo, { commitHash: 'c', branch: 'one', repositoryUrl: 'u' });
    assert.deepEqual(thread.recencyAt, inTheFuture);
  }),
];

export const updateMetadataChapter = chapter(
  'updateThreadMetadata',
  ...patches,
  ...fields,
  ...refusals,
  ...fieldLimits,
);
