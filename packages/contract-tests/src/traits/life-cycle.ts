import assert from 'node:assert/strict';
import { chapter, check, type ContractTest } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread, createThread } from '../support/threads.ts';
import { operationNames, operations, type OperationName } from './operations.ts';
import { assertAnswer, assertUnchanged, everything, isMissing, targetOf } from './targets.ts';

/** One operation on a store object that is open, closing, closed and opened again. */
function lifeCycleOf(name: OperationName): ContractTest {
  const operation = operations[name];
  const { call } = operation;
  return check(`${name} finishes on a closing store object and is refused on a closed one`, async (fixture) => {
    const { store, open, factory } = fixture;
    const answer = isMissing(name, factory.capabilities) ? 'UNSUPPORTED_OPERATION' : 'ok';
    const other = await open();
    await assertAnswer(call(other, await targetOf(store, operation)), answer);

    const underWay = assertAnswer(call(other, await targetOf(store, operation)), answer);
    await Promise.all([underWay, other.close()]);

    const target = await targetOf(store, operation);
    await assertUnchanged(store, () => refused(call(other, target), 'STORE_CLOSED'));

    const seen = await everything(store);
    await store.close();
    const reopened = await open();
    assert.deepEqual(await everything(reopened), seen, 'a new store object sees all that was stored');
    await assertAnswer(call(reopened, target), answer);
  });
}

export const lifeCycleChapter = chapter(
  'open, closing, closed and reopened',
  ...operationNames.map(lifeCycleOf),

  check('a grant, its sequence and its duplicates outlive the store object', async ({ store, open }) => {
    const writer = await createThread(store);
    const batch = writer.batch([item(0)]);
    await store.appendItems(batch);
    const { threadId } = await createIdleThread(store);
    await store.close();
    const reopened = await open();
    assert.equal((await reopened.appendItems(batch)).duplicate, true);
    assert.deepEqual(await reopened.appendItems(writer.batch([item(1)])), {
      firstOrdinal: 1n,
      lastOrdinal: 1n,
      duplicate: false,
    });
    await refused(reopened.createThread({ threadId }), 'THREAD_EXISTS');
  }),
);
