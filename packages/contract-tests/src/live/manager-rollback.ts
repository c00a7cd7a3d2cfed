import assert from 'node:assert/strict';
import { ThreadManager, turnOperation } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { rolledBack, wholeTurn } from '../support/events.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { itemsOf } from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore } from './intercepted-store.ts';

const turns = [...wholeTurn('a'), ...wholeTurn('b'), ...wholeTurn('c')];

export const managerRollbackChapter = chapter(
  'ThreadManager: rollback and injected items',

  check('a rollback appends a marker, deletes nothing, and hides the turns from readers', async ({ store }) => {
    const thread = await new ThreadManager({ store }).start();
    await thread.live.append(turns);
    const marker = await thread.rollback(2);
    assert.equal(marker?.firstOrdinal, 9n);
    assert.deepEqual(await itemsOf(store, thread), [...turns, rolledBack(2)]);
    if (!store.capabilities.listTurns) return;
    const page = await store.listTurns({ threadId: thread.threadId });
    assert.deepEqual(
      page.turns.map(({ turnId }) => turnId),
      ['a'],
    );
  }),

  check('it counts turns from 1 on', async ({ store }) => {
    const thread = await new ThreadManager({ store }).start();
    await thread.live.append(turns);
    for (const count of [0, -1, 1.5, Number.NaN, 2 ** 32, '1' as unknown as number]) {
      await refused(thread.rollback(count), 'INVALID_FIELD', { field: 'turns' });
    }
    assert.equal((await thread.live.readThread()).nextOrdinal, 9n);
  }),

  check('it is refused while a turn is running, or another rollback', async ({ store }) => {
    const held = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<undefined>();
    const manager = new ThreadManager({
      store: interceptedStore(store, {
        flushThread: async (next, params, options) => {
          await held.promise;
          await next(params, options);
        },
      }),
      operations: { prompt: turnOperation(() => end.promise) },
    });
    const thread = await manager.start();
    await thread.live.append(turns);
    const turn = thread.submit('prompt', undefined);
    await refused(thread.rollback(1), 'TURN_IN_PROGRESS');
    await refused(thread.closeInterrupted(), 'TURN_IN_PROGRESS');
    end.resolve(undefined);
    await turn;
    const rollback = thread.rollback(1);
    await refused(thread.rollback(1), 'TURN_IN_PROGRESS');
    const waiting = thread.submit('prompt', undefined);
    held.resolve(undefined);
    await withinBound('the rollback', rollback);
    await withinBound('the turn behind it', waiting);
    assert.deepEqual(await itemsOf(store, thread), [...turns, rolledBack(1)]);
  }),

  check('when the flush before it fails, nothing is changed', async ({ store }) => {
    const manager = new ThreadManager({
      store: interceptedStore(store, { flushThread: () => Promise.reject(new Error('no connection')) }),
    });
    const thread = await manager.start();
    await thread.live.append(turns);
    await assert.rejects(thread.rollback(1), /no connection/);
    assert.deepEqual(await itemsOf(store, thread), turns);
    assert.equal(thread.isBusy, false);
  }),

  check('items can be injected, are durable, and are at least one', async ({ store }) => {
    const thread = await new ThreadManager({ store }).start();
    assert.equal((await thread.injectItems([item(1), item(2)]))?.lastOrdinal, 1n);
    await refused(thread.injectItems([]), 'INVALID_FIELD', { field: 'items' });
    assert.deepEqual(await itemsOf(store, thread), [item(1), item(2)]);
  }),
);
