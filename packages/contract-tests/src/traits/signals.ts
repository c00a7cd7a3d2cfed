import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ThreadStoreError } from '@threadstore/core';
import { chapter, check, type ContractTest } from '../chapter.ts';
import { item, items } from '../support/items.ts';
import { assertRefusal, refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf } from '../support/threads.ts';
import { operationNames, operations, type OperationName } from './operations.ts';
import { assertAnswer, assertUnchanged, isMissing, targetOf } from './targets.ts';

/** What `AbortSignal.timeout` aborts with. */
function timedOut(): AbortSignal {
  return AbortSignal.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
}

function signalOf(name: OperationName): ContractTest {
  const operation = operations[name];
  const { call, idField } = operation;
  return check(`${name} does nothing under a signal that is aborted already`, async ({ store, factory }) => {
    const target = await targetOf(store, operation);
    await assertUnchanged(store, async () => {
      await refused(call(store, target, { signal: AbortSignal.abort() }), 'CANCELLED');
      await refused(call(store, target, { signal: AbortSignal.abort('a reason of the caller’s own') }), 'CANCELLED');
      await refused(call(store, target, { signal: timedOut() }), 'DEADLINE_EXCEEDED');
      if (idField === null) return;
      // The signal is looked at before the input.
      await refused(call(store, { ...target, threadId: 'x' }, { signal: AbortSignal.abort() }), 'CANCELLED');
    });
    const controller = new AbortController();
    const missing = isMissing(name, factory.capabilities);
    const underSignal = call(store, target, { signal: controller.signal });
    await assertAnswer(underSignal, missing ? 'UNSUPPORTED_OPERATION' : 'ok');
    controller.abort();
  });
}

export const signalsChapter = chapter(
  'signals',
  ...operationNames.filter((name) => operations[name].signal).map(signalOf),

  check('discardThread finishes whatever the caller’s signal says', async ({ store }) => {
    const writer = await createThread(store);
    const discard: (...args: readonly unknown[]) => Promise<void> = store.discardThread.bind(store) as never;
    await discard(writer.ref, { signal: AbortSignal.abort() });
    await refused(writer.append(item(0)), 'WRITER_RELEASED');
  }),

  check('an append that is aborted on its way tells what it has done', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.persist();
    for (let n = 0; n < 10; n += 1) {
      const controller = new AbortController();
      const batch = { ...writer.ref, sequence: BigInt(n), items: items(2, 2 * n) };
      const call = store.appendItems(batch, { signal: controller.signal });
      // Each round the call has come a little further.
      for (let tick = 0; tick < n; tick += 1) await turn();
      controller.abort();
      const outcome: unknown = await call.catch((error: unknown) => error);
      if (outcome instanceof Error) {
        assert.ok(outcome instanceof ThreadStoreError && outcome.code === 'cancelled', String(outcome));
        if (outcome.effect === 'none') {
          assert.equal((await itemsOf(store, writer)).length, 2 * n, 'effect none: nothing was stored');
        }
      }
      // A retry settles the doubt, whatever has become of the first attempt.
      const { firstOrdinal, lastOrdinal } = await store.appendItems(batch);
      assert.deepEqual([firstOrdinal, lastOrdinal], [BigInt(2 * n), BigInt(2 * n + 1)]);
    }
    assert.deepEqual(await itemsOf(store, writer), items(20));
  }),

  check('a batch that was given up by its signal leaves a gap that its retry fills', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    const batch = writer.batch([item(1)]);
    const cancelled: unknown = await store
      .appendItems(batch, { signal: AbortSignal.abort() })
      .catch((error: unknown) => error);
    assertRefusal(cancelled, 'CANCELLED');
    await refused(store.appendItems({ ...writer.ref, sequence: 2n, items: [item(2)] }), 'SEQUENCE_GAP');
    await store.appendItems(batch);
    await writer.append(item(2));
    assert.deepEqual(await itemsOf(store, writer), items(3));
  }),
);
