import assert from 'node:assert/strict';
import type { LiveThread, ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { event, userSays } from '../support/events.ts';
import { interceptedStore } from './intercepted-store.ts';
import { remark, tokens, turnContext, usage } from './live-items.ts';
import { allElse, createLive, factsOf, failure, fatedAppends } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

/** A handle whose first touch was applied just now. */
async function touched(
  store: ThreadStore,
  start?: Date,
): Promise<{
  readonly live: LiveThread;
  readonly clock: ManualClock;
  readonly sent: ReturnType<typeof fatedAppends>['sent'];
  readonly fates: ReturnType<typeof fatedAppends>['fates'];
}> {
  const clock = new ManualClock(start);
  const fated = fatedAppends(store);
  const live = await createLive(fated.store, { clock });
  await live.append([remark('first')]);
  return { live, clock, sent: fated.sent, fates: fated.fates };
}

/** Metadata is made from its kind, and it says nothing. */
const noUsage = (): string => event('token_count', { info: null, rate_limits: {} });

const turnBegins = (): string => event('task_started', { turn_id: 't' });

export const liveTouchesChapter = chapter(
  'LiveThread: touches',

  check(
    'a batch that metadata is made from, the last touch 1 s ago: sent at once, with what is pending',
    async ({ store }) => {
      const { live, clock, sent } = await touched(store);
      clock.advance(999);
      await live.append([remark(1)]);
      assert.equal(sent[1]?.metadata, undefined);
      clock.advance(1);
      await live.append([noUsage()]);
      assert.deepEqual(sent[2]?.metadata, { updatedAt: clock.now() });
      assert.deepEqual((await live.readThread()).updatedAt, clock.now());
    },
  ),

  check('such a batch, and a touch less than 1 s ago: its facts at once, and the times wait', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    const before = await live.readThread();
    clock.advance(999);
    for (const items of [[noUsage()], [turnBegins(), usage(1)], [remark(1)]]) await live.append(items);
    assert.deepEqual(
      sent.slice(1).map(({ metadata }) => metadata),
      [undefined, { tokenUsage: tokens(1) }, undefined],
    );
    const { updatedAt, recencyAt, tokenUsage } = await live.readThread();
    assert.deepEqual({ updatedAt, recencyAt }, { updatedAt: before.updatedAt, recencyAt: before.recencyAt });
    assert.deepEqual(tokenUsage, tokens(1));
  }),

  check('a fact that this handle said last: waits for 1 s like the times, and then goes again', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    const context = turnContext({ model: 'm', sandbox_policy: { type: 'read-only' } });
    const facts = { model: 'm', reasoningEffort: null, sandboxPolicy: { type: 'read-only' } };
    await live.append([context]);
    clock.advance(999);
    await live.append([context]);
    const { threadId } = live;
    await store.updateThreadMetadata({ threadId, patch: { model: 'set elsewhere' } });
    clock.advance(1);
    await live.append([remark(1)]);
    assert.deepEqual(
      sent.slice(1).map(({ metadata }) => metadata),
      [facts, undefined, { ...facts, updatedAt: clock.now() }],
    );
    assert.equal((await live.readThread()).model, 'm');
  }),

  check('such a fact beside another that is new: both at once', async ({ store }) => {
    const { live, sent } = await touched(store);
    await live.append([turnContext({ model: 'm', effort: 'low' })]);
    await live.append([turnContext({ model: 'm', effort: 'high' })]);
    assert.deepEqual(sent[2]?.metadata, { model: 'm', reasoningEffort: 'high' });
  }),

  check('such a fact, set by hand on the handle since: at once', async ({ store }) => {
    const { live, sent } = await touched(store);
    await live.append([turnContext({ model: 'm' })]);
    await live.updateMetadata({ model: 'by hand' });
    await live.append([turnContext({ model: 'm' })]);
    assert.deepEqual(sent[2]?.metadata, { model: 'm', reasoningEffort: null });
    assert.equal((await live.readThread()).model, 'm');
  }),

  check('a barrier pushes a fact that waits', async ({ store }) => {
    const { live } = await touched(store);
    await live.append([turnContext({ model: 'm' })]);
    await live.append([turnContext({ model: 'm' })]);
    await store.updateThreadMetadata({ threadId: live.threadId, patch: { model: 'set elsewhere' } });
    await live.flush();
    assert.equal((await live.readThread()).model, 'm');
  }),

  check('times that wait for 1 s go with whatever comes then', async ({ store }) => {
    const { live, clock, sent } = await touched(store);
    clock.advance(999);
    await live.append([turnBegins()]);
    const began = clock.now();
    clock.advance(1);
    await live.append([remark(1)]);
    assert.deepEqual(sent[2]?.metadata, { advanceRecencyAt: began, updatedAt: clock.now() });
    clock.advance(1_000);
    await live.append([remark(2)]);
    assert.equal(sent[3]?.metadata, undefined, 'and then it is 5 s again');
  }),

  check('another batch while a fact is pending: the fact is sent at once', async ({ store }) => {
    const clock = new ManualClock();
    const git = Promise.withResolvers<{ branch: string }>();
    const fated = fatedAppends(store);
    const live = await createLive(fated.store, { clock, gitInfo: () => git.promise }, { metadata: { cwd: '/w' } });
    await live.append([remark(1)]);
    git.resolve({ branch: 'main' });
    await allElse();
    clock.advance(1);
    await live.append([remark(2)]);
    assert.deepEqual(fated.sent[1]?.metadata, { gitInfo: { branch: 'main' } });
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
    check(`${barrier} pushes the times that are kept: those of their items`, async ({ store }) => {
      const { live, clock } = await touched(store, new Date('2099-01-02T03:04:05.678Z'));
      clock.advance(100);
      const began = clock.now();
      await live.append([turnBegins(), usage(1)]);
      clock.advance(100);
      const time = clock.now();
      await live.append([remark(1)]);
      clock.advance(100);
      await (barrier === 'updateMetadata' ? live.updateMetadata({ name: 'n' }) : live[barrier]());
      const { updatedAt, recencyAt } = await store.readThread(live);
      assert.deepEqual({ updatedAt, recencyAt }, { updatedAt: time, recencyAt: began });
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
