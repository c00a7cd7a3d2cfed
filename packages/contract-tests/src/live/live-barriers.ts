import assert from 'node:assert/strict';
import type { UpdateThreadMetadataParams } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { refused, refusedField } from '../support/refusals.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { remark } from './live-items.ts';
import { createLive, factsOf, failure, Gate } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

type Operation = 'persist' | 'flush' | 'updateMetadata';

export const liveBarriersChapter = chapter(
  'LiveThread: persist, flush, updateMetadata',

  ...(
    [
      ['persist', ['updateThreadMetadata']],
      ['flush', ['flushThread', 'updateThreadMetadata']],
      ['updateMetadata', ['updateThreadMetadata', 'updateThreadMetadata']],
    ] as const
  ).map(([operation, calls]) =>
    check(`${operation} of a thread that is there, with a touch that waits: ${calls.join(', ')}`, async ({ store }) => {
      const recorded = recordedStore(store);
      const live = await createLive(recorded.store, { clock: new ManualClock() });
      await live.append([remark(1)]);
      await live.append([remark(2)]);
      recorded.calls.length = 0;
      await (operation === 'updateMetadata' ? live.updateMetadata({ name: 'a name' }) : live[operation]());
      assert.deepEqual(
        recorded.calls.map((call) => call.operation),
        calls,
      );
    }),
  ),

  check('persist of a new thread: persistThread, and then what is pending', async ({ store }) => {
    const recorded = recordedStore(store);
    const gitInfo = (): Promise<{ branch: string }> => Promise.resolve({ branch: 'main' });
    const live = await createLive(recorded.store, { gitInfo }, { metadata: { cwd: '/w' } });
    await live.persist();
    await live.persist();
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['createThread', 'persistThread', 'updateThreadMetadata'],
    );
  }),

  check('barriers wait for the appends before them, and those behind wait for them', async ({ store }) => {
    const log: string[] = [];
    const gate = new Gate();
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          log.push('append');
          const result = next(...args);
          await gate.pass();
          return result;
        },
        flushThread: (next, ...args) => {
          log.push('flush');
          return next(...args);
        },
      }),
    );
    const calls = [live.append([remark(1)]), live.append([remark(2)]), live.flush(), live.append([remark(3)])];
    await gate.reached;
    assert.deepEqual(log, ['append', 'append']);
    gate.open();
    await Promise.all(calls);
    assert.deepEqual(log, ['append', 'append', 'flush', 'append']);
  }),

  ...(['persist', 'flush', 'updateMetadata'] as const).map((operation: Operation) =>
    check(`${operation}: a failure of the metadata surfaces, and the next call repairs it`, async ({ store }) => {
      let failures = 1;
      const clock = new ManualClock();
      const live = await createLive(
        interceptedStore(store, {
          updateThreadMetadata: (next, ...args) =>
            failures-- > 0 ? Promise.reject(failure('BACKEND_UNAVAILABLE')) : next(...args),
        }),
        { clock },
      );
      await live.append([remark(1)]);
      clock.advance(1_000);
      await live.append([remark(2)]);
      const call = (): Promise<unknown> =>
        operation === 'updateMetadata' ? live.updateMetadata({ name: 'a name' }) : live[operation]();
      await refused(call(), 'BACKEND_UNAVAILABLE');
      assert.equal((await live.readThread()).name, null, 'what fails first prevents the rest');
      await call();
      assert.deepEqual((await live.readThread()).updatedAt, clock.now());
    }),
  ),

  check('a patch materialises the thread', async ({ store }) => {
    const live = await createLive(store);
    const thread = await live.updateMetadata({ name: 'a name' });
    assert.equal(thread.name, 'a name');
    assert.equal((await store.readThread(live)).name, 'a name');
  }),

  check('a patch has the last word over what items said, and what they will say', async ({ store }) => {
    const live = await createLive(store);
    void live.append([userSays('said')]);
    const patch = { title: 'by hand', preview: 'by hand', firstUserMessage: 'by hand' };
    const thread = await live.updateMetadata(patch);
    assert.deepEqual(pick(thread, patch), patch);
    await live.append([userSays('more')]);
    assert.deepEqual(pick(await live.readThread(), patch), patch);
  }),

  check('set by hand before anything was said, they stand as well', async ({ store }) => {
    const live = await createLive(store);
    const patch = { title: 'by hand', preview: 'by hand', cwd: '/by/hand' };
    await live.updateMetadata(patch);
    await live.append([userSays('said'), JSON.stringify({ type: 'turn_context', payload: { cwd: '/other' } })]);
    const expected = { ...patch, firstUserMessage: 'said' };
    assert.deepEqual(pick(await live.readThread(), expected), expected);
  }),

  check('a patch that the store refuses is refused, and the handle goes on', async ({ store }) => {
    const live = await createLive(store);
    await live.append([remark()]);
    await refusedField(live.updateMetadata({ colour: 'red' } as never), 'patch.colour');
    assert.equal(live.state, 'live');
    await live.append([remark()]);
  }),

  check('updateMemoryMode is a patch of it', async ({ store }) => {
    const live = await createLive(store);
    assert.equal((await live.updateMemoryMode('disabled')).memoryMode, 'disabled');
    assert.equal((await live.updateMemoryMode('enabled')).memoryMode, 'enabled');
  }),

  check('a patch says whether archived threads are meant; what is pending goes to them anyway', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store, { clock: new ManualClock() });
    await live.append([remark(1)]);
    await store.archiveThread({ threadId: live.threadId, epoch: live.epoch });
    await live.append([remark(2)]);
    recorded.calls.length = 0;
    await refused(live.updateMetadata({ name: 'a name' }), 'THREAD_ARCHIVED');
    const thread = await live.updateMetadata({ name: 'a name' }, { includeArchived: true });
    assert.equal(thread.name, 'a name');
    const patches = recorded.calls
      .filter(({ operation }) => operation === 'updateThreadMetadata')
      .map(({ params }) => params as UpdateThreadMetadataParams);
    assert.deepEqual(
      patches.map(({ includeArchived, patch }) => [includeArchived, factsOf(patch)]),
      [
        [true, {}],
        [undefined, { name: 'a name' }],
        [true, { name: 'a name' }],
      ],
    );
  }),

  check('idle is what has no write under way', async ({ store }) => {
    const clock = new ManualClock();
    const gate = new Gate();
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          await gate.pass();
          return next(...args);
        },
      }),
      { clock },
    );
    clock.advance(70);
    assert.equal(live.idleMs, 70);
    const appended = live.append([remark()]);
    clock.advance(50);
    assert.equal(live.idleMs, 0);
    gate.open();
    await appended;
    clock.advance(30);
    assert.equal(live.idleMs, 30);
  }),
);
