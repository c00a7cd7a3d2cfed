import assert from 'node:assert/strict';
import { defaultLimits, ThreadMetadataSync, type PendingPatch, type SyncOptions } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { newThreadId } from '../support/threads.ts';
import { interceptedStore } from './intercepted-store.ts';
import { remark, tokens, usage } from './live-items.ts';
import { allElse, createLive, factsOf, Gate } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

const nothing = { cwd: false, preview: false, firstUserMessage: false, title: false };

function makeSync(options: Partial<SyncOptions> = {}): ThreadMetadataSync {
  const clock = new ManualClock();
  return new ThreadMetadataSync({
    threadId: newThreadId(),
    seen: nothing,
    deferred: null,
    clock,
    limits: defaultLimits,
    ...options,
  });
}

function observed(sync: ThreadMetadataSync, ...items: string[]): PendingPatch {
  const pending = sync.observe(items.map((item) => JSON.parse(item) as Record<string, unknown>));
  assert.ok(pending);
  return pending;
}

export const livePendingChapter = chapter(
  'ThreadMetadataSync: what is pending',

  check('merge: new facts go into what is pending, and the generation grows', async () => {
    const sync = makeSync();
    const first = observed(sync, userSays('one'));
    const second = observed(sync, usage(5));
    assert.ok(second.generation > first.generation);
    assert.equal(second.patch.title, 'one');
    assert.deepEqual(second.patch.tokenUsage, tokens(5));
  }),

  check('merge: git info member by member', async () => {
    const sync = makeSync({ deferred: { gitInfo: { branch: 'main', commitHash: 'abc' } } });
    sync.add({ gitInfo: { branch: 'other' } });
    assert.deepEqual(observed(sync, remark()).patch.gitInfo, { branch: 'other', commitHash: 'abc' });
  }),

  check('take: copies what is pending and does not remove it', async () => {
    const sync = makeSync();
    const first = observed(sync, userSays('one'));
    assert.deepEqual(sync.take(), first);
    assert.deepEqual(sync.take(), first);
  }),

  check('applied: of the same generation, nothing is pending any more', async () => {
    const sync = makeSync();
    sync.applied(observed(sync, userSays('one')));
    assert.equal(sync.take(), null);
  }),

  check('applied: of an earlier generation, everything stays and is sent again', async () => {
    const sync = makeSync();
    const first = observed(sync, userSays('one'));
    const second = observed(sync, usage(5));
    sync.applied(first);
    assert.deepEqual(sync.take(), second);
    sync.applied(second);
    assert.equal(sync.take(), null);
  }),

  check('applied: of facts alone, the times stay and go when their time has come', async () => {
    const clock = new ManualClock();
    const sync = makeSync({ clock });
    sync.applied(observed(sync, remark()));
    clock.advance(1);
    const facts = observed(sync, usage(5));
    assert.deepEqual(facts.patch, { tokenUsage: tokens(5) });
    const { state } = sync;
    sync.applied(facts);
    const times = { updatedAt: clock.now() };
    assert.deepEqual(sync.take()?.patch, times);
    sync.restore(state);
    assert.deepEqual(sync.take()?.patch, times, 'and no fact comes back');
    clock.advance(999);
    sync.applied(observed(sync, remark()));
    assert.equal(sync.take(), null);
  }),

  check('error: nothing changes, the next opportunity takes it', async () => {
    const sync = makeSync();
    const first = observed(sync, userSays('one'));
    assert.deepEqual(factsOf(observed(sync, remark()).patch), factsOf(first.patch));
  }),

  check('deferred: nothing is taken before items come or somebody asks', async () => {
    const deferred = { title: 'from the history' };
    const sync = makeSync({ deferred });
    assert.equal(sync.take(), null);
    assert.deepEqual(factsOf(observed(sync, remark()).patch), deferred);
    const asked = makeSync({ deferred });
    asked.begin();
    assert.deepEqual(asked.take()?.patch, deferred);
  }),

  check('nothing known before the first items: nothing is pending', async () => {
    for (const deferred of [null, {}]) {
      const sync = makeSync({ deferred });
      sync.begin();
      assert.equal(sync.take(), null);
    }
  }),

  check(
    'restore: what was observed since is forgotten, facts from elsewhere and what was applied are not',
    async () => {
      const sync = makeSync();
      const first = observed(sync, userSays('one'));
      const { state } = sync;
      observed(sync, userSays('two'), usage(5));
      sync.add({ gitInfo: { branch: 'main' } });
      sync.applied(first);
      sync.restore(state);
      assert.deepEqual(sync.take()?.patch, { gitInfo: { branch: 'main' } });
      sync.drop();
      assert.deepEqual(factsOf(observed(sync, usage(6), userSays('three')).patch), { tokenUsage: tokens(6) });
    },
  ),

  check('see: what is settled elsewhere is set by no item', async () => {
    const sync = makeSync();
    sync.see({ ...nothing, title: true, preview: true });
    assert.deepEqual(factsOf(observed(sync, userSays('one')).patch), { firstUserMessage: 'one' });
  }),

  check('facts that come while a patch is on its way are sent after it', async ({ store }) => {
    const gate = new Gate();
    const git = Promise.withResolvers<{ branch: string }>();
    const clock = new ManualClock();
    const live = await createLive(
      interceptedStore(store, {
        updateThreadMetadata: async (next, ...args) => {
          await gate.pass();
          return next(...args);
        },
      }),
      { clock, gitInfo: () => git.promise },
      { metadata: { cwd: '/w' } },
    );
    await live.append([remark(1)]);
    await live.append([remark(2)]);
    const flushed = live.flush();
    await gate.reached;
    git.resolve({ branch: 'main' });
    await allElse();
    gate.open();
    await flushed;
    assert.equal((await live.readThread()).gitInfo, null);
    await live.flush();
    assert.equal((await live.readThread()).gitInfo?.branch, 'main');
  }),

  check('appends under way together: each carries all that is not stored yet', async ({ store }) => {
    const gate = new Gate();
    const live = await createLive(
      interceptedStore(store, {
        appendItems: async (next, ...args) => {
          const result = next(...args);
          await gate.pass();
          return result;
        },
      }),
    );
    const appends = [[userSays('one')], [usage(5)], [remark(1)]].map((items) => live.append(items));
    gate.open();
    await Promise.all(appends);
    const expected = { title: 'one', tokenUsage: tokens(5) };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
  }),
);
