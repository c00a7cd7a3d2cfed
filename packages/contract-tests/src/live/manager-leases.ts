import assert from 'node:assert/strict';
import { ThreadManager } from '@threadstore/core';
import { chapter, check, checkWith } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { steal } from '../support/threads.ts';
import { until } from '../support/waiting.ts';
import { recordedStore } from './intercepted-store.ts';
import { ManualClock } from './manual-clock.ts';

const renewLeasesMs = 10_000;

export const managerLeasesChapter = chapter(
  'ThreadManager: leases',

  check(
    'the leases of loaded threads are renewed by one call, and those of unloaded ones are not',
    async ({ store }) => {
      const clock = new ManualClock();
      const recorded = recordedStore(store);
      const renewals = (): unknown[] =>
        recorded.calls.filter(({ operation }) => operation === 'renewLeases').map(({ params }) => params);
      const manager = new ThreadManager({ store: recorded.store, clock, renewLeasesMs });
      const [a, b] = [await manager.start(), await manager.start()];
      const refs = [a, b].map(({ threadId, live }) => ({ threadId, epoch: live.epoch }));
      clock.advance(renewLeasesMs);
      await until('a renewal', async () => (renewals().length === 1 ? true : undefined));
      assert.deepEqual(renewals(), [{ writers: refs }]);
      await manager.unload(a.threadId);
      await until('the next renewal', async () => {
        clock.advance(renewLeasesMs);
        return renewals().length > 1 ? true : undefined;
      });
      assert.deepEqual(renewals().at(-1), { writers: refs.slice(1) });
    },
  ),

  checkWith(
    { leaseDurationMs: 400 },
    'a thread keeps its lease however long its agent thinks',
    async ({ store, open }) => {
      const manager = new ThreadManager({ store, renewLeasesMs: 100 });
      const { threadId, live } = await manager.start();
      await live.append([item(1)]);
      const { lease } = await store.readThread({ threadId });
      assert.ok(lease !== null);
      await until('a lease that was renewed twice', async () => {
        const now = (await store.readThread({ threadId })).lease;
        return now !== null && now.until.getTime() > lease.until.getTime() + 1_500 ? true : undefined;
      });
      await refused(
        new ThreadManager({ store: await open(), renewLeasesMs: null }).resume({ threadId }),
        'WRITER_LIVE',
      );
      await manager.shutdownAll();
    },
  ),

  check('a renewal finds out that a lease was lost', async ({ store }) => {
    const clock = new ManualClock();
    const lost: string[] = [];
    const onLost = (threadId: string): void => void lost.push(threadId);
    const manager = new ThreadManager({ store, clock, renewLeasesMs, onLost });
    const [taken, kept] = [await manager.start(), await manager.start()];
    await taken.live.append([item(1)]);
    await steal(store, taken);
    clock.advance(renewLeasesMs);
    await until('the loss', async () => (lost.length > 0 ? true : undefined));
    assert.deepEqual(lost, [taken.threadId]);
    assert.deepEqual(manager.loaded(), [kept.threadId]);
    assert.equal(taken.live.state, 'lost');
  }),
);
