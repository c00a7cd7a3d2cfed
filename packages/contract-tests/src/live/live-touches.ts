import assert from 'node:assert/strict';
import type { LiveThread, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { interceptedStore } from './intercepted-store.ts';
import { remark, usage } from './live-items.ts';
import { allElse, createLive, factsOf, failure, fatedAppends } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

/** A handle whose first touch was applied just now. */
async function touched(store: ThreadStore): Promise<{
  readonly live: LiveThread;
  readonly clock: ManualClock;
  readonly sent: ReturnType<typeof fatedAppends>['sent'];
  readonly fates: ReturnType<typeof fatedAppends>['fates'];
}> {
  const clock = new ManualClock();
  const fated = fatedAppends(store);
  const live = await createLive(fated.store, { clock });
  await live.append([remark('first')]);
  return { live, clock, sent: fated.sent, fates: fated.fates };
}

export const liveTouchesChapter = chapter(
  'LiveThread: touches',

  check('a batch that metadata is made from: sent at once, with what is pending', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    clock.advance(1);
    await live.append([remark(1)]);
    assert.equal(sent[1]?.metadata, undefined);
    clock.advance(1);
    await live.append([usage(2)]);
    assert.deepEqual(sent[2]?.metadata?.updatedAt, clock.now());
    assert.deepEqual((await live.readThread()).updatedAt, clock.now());
  }),

  check('another batch while a fact is pending: sent at once', async ({ store }) => {
    const clock = new ManualClock();
    const git = Promise.withResolvers<{ branch: string }>();
    const fated = fatedAppends(store);
    const live = await createLive(fated.store, { clock, gitInfo: () => git.promise }, { metadata: { cwd: '/w' } });
    await live.append([remark(1)]);
    git.resolve({ branch: 'main' });
    await allElse();
    clock.advance(1);
    await live.append([remark(2)]);
    assert.deepEqual(fated.sent[1]?.metadata, { gitInfo: { branch: 'main' }, updatedAt: clock.now() });
  }),

  check('another batch, and never a touch: sent at once, updatedAt alone', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    assert.deepEqual(sent[0]?.metadata, { updatedAt: clock.now() });
    assert.deepEqual((await live.readThread()).updatedAt, clock.now());
  }),

  check('another batch, and the last touch 5 s ago: sent at once, updatedAt alone', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    clock.advance(4_999);
    await live.append([remark(1)]);
    assert.equal(sent[1]?.metadata, undefined);
    clock.advance(1);
    await live.append([remark(2)]);
    assert.deepEqual(sent[2]?.metadata, { updatedAt: clock.now() });
    clock.advance(4_999);
    await live.append([remark(3)]);
    assert.equal(sent[3]?.metadata, undefined, 'measured from the last touch');
  }),

  check('another batch, and a touch less than 5 s ago: kept for the next that goes', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    for (let n = 0; n < 20; n += 1) {
      clock.advance(100);
      await live.append([remark(n)]);
    }
    assert.ok(sent.slice(1).every(({ metadata }) => metadata === undefined));
    assert.deepEqual((await live.readThread()).updatedAt, new ManualClock().now());
  }),

  ...(['persist', 'flush', 'shutdown', 'updateMetadata'] as const).map((barrier) =>
    check(`${barrier} pushes the touch that is kept: the time of its items`, async ({ store }) => {
      const { live, clock } = await touched(store);
      clock.advance(100);
      const time = clock.now();
      await live.append([remark(1)]);
      clock.advance(100);
      await (barrier === 'updateMetadata' ? live.updateMetadata({ name: 'n' }) : live[barrier]());
      assert.deepEqual((await store.readThread(live)).updatedAt, time);
    }),
  ),

  check('a barrier with nothing pending pushes nothing', async ({ store }) => {
    const { live, clock } = await touched(store);
    const { updatedAt } = await live.readThread();
    clock.advance(10_000);
    await live.flush();
    await live.persist();
    await live.shutdown();
    assert.deepEqual((await store.readThread(live)).updatedAt, updatedAt);
  }),

  check('the 5 s count from the last patch that was applied, by whatever it went', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    clock.advance(3_000);
    await live.append([usage(2)]);
    clock.advance(3_000);
    await live.append([remark(1)]);
    assert.equal(sent[2]?.metadata, undefined, 'counted from the batch with the fact');
    await live.flush();
    clock.advance(4_999);
    await live.append([remark(2)]);
    assert.equal(sent[3]?.metadata, undefined, 'counted from the flush');
    clock.advance(1);
    await live.append([remark(3)]);
    assert.ok(sent[4]?.metadata);
  }),

  check('a patch that was not applied does not count', async ({ store }) => {
    const { live, clock, sent, fates } = await touched(store);
    clock.advance(6_000);
    fates.push('fails');
    await assert.rejects(live.append([userSays('never')]));
    clock.advance(1_000);
    await live.append([remark(1)]);
    assert.deepEqual(sent[2]?.metadata, { updatedAt: clock.now() });
  }),

  check('one that was applied counts, though a batch behind it failed', async ({ store }) => {
    const { live, clock, sent, fates } = await touched(store);
    clock.advance(6_000);
    fates.push('done', 'fails');
    await Promise.all<unknown>([live.append([usage(1)]), assert.rejects(live.append([usage(2)]))]);
    clock.advance(1_000);
    await live.append([remark(1)]);
    assert.equal(sent[3]?.metadata, undefined);
  }),

  check('a push that failed does not count, and is repeated', async ({ store }) => {
    let failures = 1;
    const clock = new ManualClock();
    const fated = fatedAppends(
      interceptedStore(store, {
        updateThreadMetadata: (next, ...args) => (failures-- > 0 ? Promise.reject(failure()) : next(...args)),
      }),
    );
    const live = await createLive(fated.store, { clock });
    await live.append([remark(1)]);
    clock.advance(4_000);
    await live.append([remark(2)]);
    await assert.rejects(live.flush());
    clock.advance(1_000);
    await live.append([remark(3)]);
    assert.deepEqual(factsOf(fated.sent[2]?.metadata), {});
    assert.deepEqual((await live.readThread()).updatedAt, clock.now());
  }),
);
