import assert from 'node:assert/strict';
import { setImmediate as macrotask } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LiveThreadInitGuard, type LiveThread, type ThreadStore, type WarningListener } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { refused } from '../support/refusals.ts';
import { until } from '../support/waiting.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { remark } from './live-items.ts';
import { createLive, failure, Told } from './live-support.ts';

/** A collection of garbage, whatever the process was started with. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** In a function of its own, so that nothing holds the guard after it. */
function guardAndForget(live: LiveThread, onWarning: WarningListener): void {
  const guard = new LiveThreadInitGuard(live, { onWarning });
  assert.equal(typeof guard.commit, 'function');
}

async function set(store: ThreadStore): Promise<{ readonly live: LiveThread; readonly told: Told }> {
  return { live: await createLive(store), told: new Told() };
}

export const initGuardChapter = chapter(
  'LiveThreadInitGuard',

  check('commit lets go: nothing is written, and the thread goes on', async ({ store }) => {
    const recorded = recordedStore(store);
    const { live, told } = await set(recorded.store);
    recorded.calls.length = 0;
    const guard = new LiveThreadInitGuard(live, told.settings);
    assert.equal(guard.commit(), live);
    assert.equal(guard.commit(), live);
    await guard.discard();
    assert.deepEqual(recorded.calls, []);
    await live.append([remark()]);
    assert.deepEqual(told.warnings, []);
  }),

  check('discard: the thread is discarded, once', async ({ store }) => {
    const recorded = recordedStore(store);
    const { live, told } = await set(recorded.store);
    recorded.calls.length = 0;
    const guard = new LiveThreadInitGuard(live, told.settings);
    await guard.discard();
    await guard.discard();
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['discardThread'],
    );
    assert.equal(live.state, 'discarded');
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
    assert.throws(() => guard.commit(), TypeError);
    assert.deepEqual(told.warnings, []);
    const { threadId } = live;
    await createLive(store, {}, { threadId });
  }),

  check('discard that fails is told as a warning, and throws nothing', async ({ store }) => {
    const { live, told } = await set(
      interceptedStore(store, { discardThread: () => Promise.reject(failure('BACKEND_UNAVAILABLE')) }),
    );
    const guard = new LiveThreadInitGuard(live, told.settings);
    await guard.discard();
    assert.equal(told.warnings.length, 1);
    assert.match(told.warnings[0] ?? '', new RegExp(live.threadId));
  }),

  check('await using, and the set-up fails: the thread is discarded, and what failed is thrown', async ({ store }) => {
    const { live, told } = await set(store);
    const setUp = async (): Promise<LiveThread> => {
      await using guard = new LiveThreadInitGuard(live, told.settings);
      if (live.state === 'live') throw new RangeError('set-up failed');
      return guard.commit();
    };
    await assert.rejects(setUp(), RangeError);
    assert.equal(live.state, 'discarded');
    await refused(store.readThread(live), 'THREAD_NOT_FOUND');
  }),

  check('await using, and it was committed: the thread lives on', async ({ store }) => {
    const { live, told } = await set(store);
    {
      await using guard = new LiveThreadInitGuard(live, told.settings);
      guard.commit();
    }
    await live.append([remark()]);
    assert.equal(live.state, 'live');
  }),

  check('dropped without commit: it warns, and discards in the background', async ({ store }) => {
    const gc = collector();
    const { live, told } = await set(store);
    assert.ok(told.settings.onWarning);
    guardAndForget(live, told.settings.onWarning);
    await until('a warning', async () => {
      gc();
      await macrotask();
      return told.warnings.length > 0 ? true : undefined;
    });
    assert.match(told.warnings[0] ?? '', new RegExp(live.threadId));
    assert.equal(live.state, 'discarded');
    const { threadId } = live;
    // Its id is free again once the discard is done.
    await until('the discard', () => createLive(store, {}, { threadId }).catch(() => undefined));
    assert.equal(told.warnings.length, 1);
  }),

  check('dropped after commit or discard: nothing', async ({ store }) => {
    const gc = collector();
    const [kept, dropped, told] = [await createLive(store), await createLive(store), new Told()];
    await (async () => {
      new LiveThreadInitGuard(kept, told.settings).commit();
      await new LiveThreadInitGuard(dropped, told.settings).discard();
    })();
    // One that is forgotten after them is told: so they would have been, too.
    const witness = new Told();
    assert.ok(witness.settings.onWarning);
    guardAndForget(await createLive(store), witness.settings.onWarning);
    await until('the witness', async () => {
      gc();
      await macrotask();
      return witness.warnings.length > 0 ? true : undefined;
    });
    assert.deepEqual(told.warnings, []);
    await kept.append([remark()]);
  }),

  check('around nothing it does nothing', async () => {
    const told = new Told();
    const guard = new LiveThreadInitGuard(null, told.settings);
    assert.equal(guard.commit(), null);
    await guard.discard();
    await using other = new LiveThreadInitGuard(null, told.settings);
    await other.discard();
    assert.deepEqual(told.warnings, []);
  }),
);
