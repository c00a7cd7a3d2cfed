import assert from 'node:assert/strict';
import { optionalOperations, type OptionalOperation } from '@threadstore/core';
import { chapter, check, type ContractTest } from '../chapter.ts';
import { refused } from '../support/refusals.ts';
import { operations } from '../traits/operations.ts';
import { assertUnchanged, targetOf } from '../traits/targets.ts';

/** What a store does not have, it refuses by its name. What it has is not judged here. */
function optionalOperation(name: OptionalOperation): ContractTest {
  return check(`${name} works, or is refused by its name`, async ({ store }) => {
    const operation = operations[name];
    const { call } = operation;
    const target = await targetOf(store, operation);
    if (store.capabilities[name]) {
      await call(store, target);
      return;
    }
    await assertUnchanged(store, () =>
      refused(call(store, target), 'UNSUPPORTED_OPERATION', { operation: optionalOperations[name] }),
    );
  });
}

export const optionalOperationsChapter = chapter(
  'optional operations',
  ...(Object.keys(optionalOperations) as OptionalOperation[]).map(optionalOperation),

  check('a missing iterable is refused on its first next(), not by a throw', async ({ store }) => {
    for (const iterable of [store.tailThread({ threadId: 'x' }), store.watchThreads()]) {
      assert.equal(typeof iterable[Symbol.asyncIterator], 'function');
    }
  }),
);
