import assert from 'node:assert/strict';
import type { ThreadStore } from '@threadstore/core';
import { chapter, check, type ContractTest, type Fixture } from '../chapter.ts';
import { item } from '../support/items.ts';
import { errorOf, refused, refusedField, refusedInput } from '../support/refusals.ts';
import { createArchivedThread, createDeletedThread, createUnmaterialised, newThreadId } from '../support/threads.ts';
import { operationNames, operations, type OperationCase } from './operations.ts';
import { assertAnswer, assertUnchanged, isMissing, targetOf, targetOn, unknownTarget } from './targets.ts';

const someId = '0190a5e4-8b2c-7d3e-9f10-abcdef012345';

/** What some databases and parsers take for a UUID, and what nobody does. */
const wrongIds: readonly unknown[] = [
  '',
  'x',
  '00000000-0000-0000-0000-000000000000',
  `{${someId}}`,
  `urn:uuid:${someId}`,
  someId.replaceAll('-', ''),
  someId.slice(1),
  `${someId}0`,
  ` ${someId}`,
  `${someId}\n`,
  someId.replace('0190', '０１９０'),
  someId.replace('a', 'g'),
  '0190a5e48-b2c-7d3e-9f10-abcdef012345',
  `${someId.slice(0, 35)}\u0000`,
  '../../etc/passwd',
  'x'.repeat(1_000_000),
  42,
  null,
  { toString: () => someId },
];

/** A test of one operation on threads; what a store does not have, it refuses before it looks at the thread. */
function onThreads(what: string, body: (operation: OperationCase, fixture: Fixture) => Promise<void>): ContractTest[] {
  const names = operationNames.filter((name) => operations[name].onThread !== null);
  return names.map((name) =>
    check(`${name} ${what}`, async (fixture) => {
      const operation = operations[name];
      if (!isMissing(name, fixture.factory.capabilities)) return body(operation, fixture);
      await refused(operation.call(fixture.store, unknownTarget()), 'UNSUPPORTED_OPERATION');
    }),
  );
}

const states = onThreads(
  'on threads that are unknown, not materialised, deleted or archived',
  async (operation, fixture) => {
    const { call, onThread } = operation;
    const { store, open } = fixture;
    assert.ok(onThread);
    const other = await open();
    await assertAnswer(call(other, unknownTarget()), onThread.unknown);
    const hidden = await createUnmaterialised(store);
    await assertAnswer(call(other, { ...targetOn(hidden), epoch: hidden.epoch + 1n }), onThread.unmaterialised);
    await assertAnswer(call(other, targetOn(await createDeletedThread(store))), onThread.deleted);
    await assertAnswer(call(other, targetOn(await createArchivedThread(store))), onThread.archived);
    assert.deepEqual(await hidden.append(item(0)), { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false });
  },
);

const malformedIds = onThreads('refuses what is no UUID, and does not repeat it', async (operation, fixture) => {
  const { call, idField } = operation;
  const target = await targetOf(fixture.store, operation);
  await assertUnchanged(fixture.store, async () => {
    for (const threadId of wrongIds) {
      await refusedField(call(fixture.store, { ...target, threadId: threadId as string }), idField ?? '');
    }
  });
});

/** An unknown thread must look the same whether it never was or is not shown. */
async function unlikeTexts(store: ThreadStore, ids: readonly [string, string]): Promise<string[]> {
  const errors = await Promise.all(ids.map((threadId) => errorOf(store.readThread({ threadId }))));
  return errors.map(({ code, reason, message, details, effect, retryAfterMs }, index) => {
    // A service says which request it was.
    const { requestId: _request, ...facts } = details;
    return JSON.stringify({ code, reason, message, facts, effect, retryAfterMs }).replaceAll(ids[index] ?? '', 'ID');
  });
}

export const threadStatesChapter = chapter(
  'states of a thread',
  ...states,
  ...malformedIds,

  check('a thread that is not materialised looks like one that never was', async ({ store, open }) => {
    const { threadId } = await createUnmaterialised(store);
    const [hidden, unknown] = await unlikeTexts(await open(), [threadId, newThreadId()]);
    assert.equal(hidden, unknown);
  }),

  check(
    'the input is checked before the thread, the tombstone before the archive, the archive before the writer',
    async ({ store, open }) => {
      const unknown = { threadId: newThreadId(), epoch: 1n, sequence: 0n };
      await refusedField(store.appendItems({ ...unknown, items: [] }), 'items');
      await refusedInput(store.updateThreadMetadata({ ...unknown, patch: { name: 7 } as never }), 'patch.name');
      await refusedField(store.listThreads({ pageSize: -1, cursor: 'not a cursor' }), 'pageSize');
      for (const operation of ['listTurns', 'listItems'] as const) {
        if (!store.capabilities[operation]) continue;
        await refusedField(store[operation]({ ...unknown, pageSize: -1 }), 'pageSize');
        await refused(store[operation]({ ...unknown, cursor: 'x' }), 'INVALID_CURSOR');
      }
      const archived = await createArchivedThread(store);
      await store.resumeThread({ threadId: archived.threadId, includeArchived: true });
      await refused(store.resumeThread({ threadId: archived.threadId }), 'THREAD_ARCHIVED');
      await store.deleteThread({ threadId: archived.threadId });
      await refused(store.resumeThread({ threadId: archived.threadId }), 'THREAD_DELETED');
      await refused(archived.append(item(0)), 'THREAD_DELETED');
      const closed = await open();
      await closed.close();
      const params = { ...unknown, items: [] };
      await refused(closed.appendItems(params, { signal: AbortSignal.abort() }), 'STORE_CLOSED');
    },
  ),
);
