import assert from 'node:assert/strict';
import type { StoredThread } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { fullPatch, patchedFully, pick } from '../support/metadata.ts';
import { refused } from '../support/refusals.ts';
import { createArchivedThread, createThread, createUnmaterialised, wholeThread } from '../support/threads.ts';

/** All fields of a thread, by the type: a new field fails to compile until it stands here. */
const allFields: Readonly<Record<Exclude<keyof StoredThread, 'history'>, true>> = {
  threadId: true,
  rolloutPath: true,
  forkedFromId: true,
  parentThreadId: true,
  sessionId: true,
  originator: true,
  name: true,
  title: true,
  preview: true,
  firstUserMessage: true,
  modelProvider: true,
  model: true,
  reasoningEffort: true,
  createdAt: true,
  updatedAt: true,
  recencyAt: true,
  archivedAt: true,
  cwd: true,
  cliVersion: true,
  source: true,
  threadSource: true,
  agentNickname: true,
  agentRole: true,
  agentPath: true,
  gitInfo: true,
  approvalMode: true,
  sandboxPolicy: true,
  tokenUsage: true,
  memoryMode: true,
  nextOrdinal: true,
  epoch: true,
  nextSequence: true,
  lease: true,
};

export const readThreadChapter = chapter(
  'readThread',
  check('gives every field, and the history only when it is asked for', async ({ store }) => {
    const writer = await createThread(store);
    await writer.append(...items(3));
    const { threadId } = writer;
    const fields = Object.keys(allFields).toSorted();
    for (const thread of [
      await store.readThread({ threadId }),
      await store.readThread({ threadId, includeHistory: false }),
    ]) {
      assert.deepEqual(Object.keys(thread).toSorted(), fields);
    }
    const { history, ...thread } = await store.readThread({ threadId, includeHistory: true });
    assert.deepEqual(Object.keys(thread).toSorted(), fields);
    assert.deepEqual(history, { threadId, items: items(3) });
  }),

  check('shows everybody the epoch, the lease and the number of items', async ({ store, open }) => {
    const threadIdAndHolder = { holder: 'worker “7” on höst' };
    const writer = await createUnmaterialised(store, threadIdAndHolder);
    await writer.append(...items(3));
    const thread = await (await open()).readThread(writer);
    assert.equal(thread.epoch, writer.epoch);
    assert.equal(thread.nextOrdinal, 3n);
    assert.equal(thread.lease?.holder, threadIdAndHolder.holder);
    assert.ok(thread.lease.since < thread.lease.until);
    await writer.shutdown();
    const after = await (await open()).readThread(writer);
    assert.deepEqual([after.epoch, after.lease], [writer.epoch, null]);
  }),

  check('tells how many batches the latest writer has stored, not those of others', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...items(3));
    await writer.append(item(3));
    const { threadId } = writer;
    await store.appendItems({ threadId, external: true, operationId: 'note', items: [item(4)] });
    const other = await open();
    const { epoch, nextSequence } = await other.readThread({ threadId });
    assert.equal(nextSequence, 2n);
    await other.appendItems({ threadId, epoch, sequence: nextSequence, items: [item(5)] });
    await writer.shutdown();
    assert.equal((await other.readThread({ threadId })).nextSequence, 3n);
    await other.resumeThread({ threadId });
    assert.equal((await store.readThread({ threadId })).nextSequence, 0n);
  }),

  check('gives the same to every store object', async ({ store, open }) => {
    const { threadId } = await createThread(store, { metadata: fullPatch });
    const thread = await wholeThread(store, { threadId });
    assert.deepEqual(pick(thread, patchedFully), patchedFully);
    assert.deepEqual(await wholeThread(await open(), { threadId }), thread);
  }),

  check('hands out values that nobody else holds', async ({ store }) => {
    const writer = await createThread(store, { metadata: fullPatch });
    await writer.append(item(0));
    const pristine = await wholeThread(store, writer);
    const spoilt = await wholeThread(store, writer);
    spoil(spoilt);
    assert.deepEqual(await wholeThread(store, writer), pristine);
    const { threads } = await store.listThreads();
    spoil(threads[0]);
    assert.deepEqual(await wholeThread(store, writer), pristine);
  }),

  check('takes copies of what it is given', async ({ store }) => {
    const source = { subagent: { names: ['one'] } };
    const createdAt = new Date('2020-01-01T00:00:00Z');
    const writer = await createThread(store, { metadata: { source, createdAt } });
    source.subagent.names.push('two');
    createdAt.setFullYear(1999);
    const thread = await store.readThread(writer);
    assert.deepEqual(thread.source, { subagent: { names: ['one'] } });
    assert.deepEqual(thread.createdAt, new Date('2020-01-01T00:00:00Z'));
  }),

  check('reads an archived thread only when told to include archived ones', async ({ store }) => {
    const { threadId } = await createArchivedThread(store);
    await refused(store.readThread({ threadId }), 'THREAD_ARCHIVED');
    await refused(store.readThread({ threadId, includeArchived: false, includeHistory: true }), 'THREAD_ARCHIVED');
    const thread = await store.readThread({ threadId, includeArchived: true });
    assert.ok(thread.archivedAt instanceof Date);
    assert.ok(Math.abs(thread.archivedAt.getTime() - Date.now()) < 60_000, 'archived about now');
  }),
);

/** Changes everything that can be changed in a value and all that it holds. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) spoil(member);
  if (Object.isFrozen(value)) return;
  if (value instanceof Date) value.setFullYear(1970);
  else if (Array.isArray(value)) value.splice(0, value.length, 'spoilt');
  else for (const key of Object.keys(value)) (value as Record<string, unknown>)[key] = 'spoilt';
}
