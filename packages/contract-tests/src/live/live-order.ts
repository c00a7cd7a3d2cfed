import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { refused } from '../support/refusals.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { remark, usage } from './live-items.ts';
import { createLive, factsOf, failure, fatedAppends } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

export const liveOrderChapter = chapter(
  'LiveThread: order',

  check('1. no metadata is seen before the items that it is derived from', async ({ store }) => {
    const titles: (string | null)[] = [];
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          const before = await store.readThread({ threadId: live.threadId });
          titles.push(before.title);
          return next(...args);
        },
      }),
    );
    await live.persist();
    await live.append([userSays('one')]);
    const thread = await live.readThread({ includeHistory: true });
    assert.deepEqual(titles, [null]);
    assert.equal(thread.title, 'one');
    assert.deepEqual(thread.history?.items, [userSays('one')]);
  }),

  check('2. what was derived goes before a patch by hand, which so wins', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store, { clock: new ManualClock() });
    const calls = [live.append([userSays('one')]), live.append([remark()]), live.updateMetadata({ title: 'by hand' })];
    await Promise.all(calls);
    const made = recorded.calls.map(({ operation }) => operation);
    assert.deepEqual(made.slice(1, 3), ['appendItems', 'appendItems']);
    assert.equal(made.at(-1), 'updateThreadMetadata');
    assert.equal((await live.readThread()).title, 'by hand');
  }),

  check('2. when what was derived cannot be stored, the patch is not sent', async ({ store }) => {
    const recorded = recordedStore(
      interceptedStore(store, { updateThreadMetadata: () => Promise.reject(failure('BACKEND_UNAVAILABLE')) }),
    );
    const live = await createLive(recorded.store, { clock: new ManualClock() });
    await live.append([remark(1)]);
    await live.append([remark(2)]);
    await refused(live.updateMetadata({ title: 'by hand' }), 'BACKEND_UNAVAILABLE');
    assert.equal(recorded.calls.filter(({ operation }) => operation === 'updateThreadMetadata').length, 1);
  }),

  check('3. persist and flush make items durable before metadata is pushed', async ({ store }) => {
    for (const [barrier, expected] of [
      ['persist', ['appendItems', 'updateThreadMetadata']],
      ['flush', ['appendItems', 'flushThread', 'updateThreadMetadata']],
    ] as const) {
      const fated = fatedAppends(store, 'done', 'done', 'lostBefore');
      const recorded = recordedStore(fated.store);
      const live = await createLive(recorded.store, { clock: new ManualClock() });
      await live.append([remark(1)]);
      await live.append([remark(2)]);
      await assert.rejects(live.append([remark(3)]));
      recorded.calls.length = 0;
      await live[barrier]();
      assert.deepEqual(
        recorded.calls.map(({ operation }) => operation),
        expected,
      );
    }
  }),

  check('3. shutdown makes items durable, pushes metadata and then releases', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'done', 'lostBefore');
    const recorded = recordedStore(fated.store);
    const live = await createLive(recorded.store, { clock: new ManualClock() });
    await live.append([remark(1)]);
    await live.append([remark(2)]);
    await assert.rejects(live.append([remark(3)]));
    recorded.calls.length = 0;
    await live.shutdown();
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['appendItems', 'updateThreadMetadata', 'shutdownThread'],
    );
  }),

  check('4. what was derived applies to archived threads, too', async ({ store }) => {
    const clock = new ManualClock(new Date('2099-01-02T03:04:05.678Z'));
    const live = await createLive(store, { clock });
    await live.append([remark(1)]);
    await store.archiveThread({ threadId: live.threadId, epoch: live.epoch });
    await live.append([userSays('archived')]);
    clock.advance(100);
    await live.append([remark(2)]);
    await live.flush();
    const thread = await live.readThread({ includeArchived: true });
    assert.equal(thread.title, 'archived');
    assert.deepEqual(thread.updatedAt, clock.now());
    assert.ok(thread.archivedAt);
  }),

  check('5. a failed append leaves the metadata as it was', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'fails', 'fails');
    const clock = new ManualClock();
    const live = await createLive(fated.store, { clock });
    await live.append([userSays('one'), usage(1)]);
    const { lease: _, ...before } = await live.readThread();
    clock.advance(10_000);
    for (const items of [[usage(2)], [remark(2)]]) await refused(live.append(items), 'OVERLOADED');
    await live.flush();
    await live.persist();
    const { lease: __, ...after } = await live.readThread();
    assert.deepEqual(after, before);
    await live.append([remark(3)]);
    assert.deepEqual(factsOf(fated.sent[3]?.metadata), {});
  }),
);
