import assert from 'node:assert/strict';
import { setImmediate as macrotask } from 'node:timers/promises';
import {
  keepEverything,
  persistencePolicy,
  ThreadStoreError,
  type LiveItem,
  type WriterAppendParams,
} from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { toolEnds, userSays } from '../support/events.ts';
import { refused, refusedInput } from '../support/refusals.ts';
import { withinBound } from '../support/waiting.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { delta, remark } from './live-items.ts';
import { createLive, Gate } from './live-support.ts';

/** JSON text that a parser and a writer would not give back as it is. */
const oddly = '{ "type":"note" , "n": 1.0, "n":2e0, "u":"\\u0061" }';

export const liveAppendChapter = chapter(
  'LiveThread: append',

  check('the policy says what is stored, and the order stays', async ({ store }) => {
    const live = await createLive(store);
    await live.append([remark(1), delta(), remark(2), toolEnds('t'), remark(3)]);
    assert.deepEqual((await live.loadHistory()).items, [remark(1), remark(2), remark(3)]);
  }),

  check('each handle has a policy of its own', async ({ store }) => {
    for (const [policy, kept] of [
      [keepEverything, [delta(), toolEnds('t'), remark()]],
      [persistencePolicy('extended'), [toolEnds('t'), remark()]],
      [persistencePolicy('paginated'), []],
    ] as const) {
      const live = await createLive(store, { policy });
      await live.append([delta(), toolEnds('t'), remark()]);
      await live.persist();
      assert.deepEqual((await live.loadHistory()).items, kept);
    }
  }),

  check('when nothing is kept the store is not called, and nothing is touched', async ({ store }) => {
    const live = await createLive(store);
    await live.append([remark()]);
    const before = await live.readThread();
    const recorded = recordedStore(store);
    const other = await createLive(recorded.store);
    recorded.calls.length = 0;
    assert.equal(await other.append([delta(), delta()]), null);
    assert.equal(await other.append([]), null);
    assert.deepEqual(recorded.calls, []);
    assert.equal(await live.append([delta()]), null);
    await live.flush();
    assert.deepEqual((await live.readThread()).updatedAt, before.updatedAt);
  }),

  check('items and what follows from them go in one call', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    const result = await live.append([remark(1), userSays('hello')]);
    assert.deepEqual(result, { firstOrdinal: 0n, lastOrdinal: 1n, duplicate: false });
    const [, sent, ...more] = recorded.calls;
    assert.equal(sent?.operation, 'appendItems');
    assert.deepEqual(more, []);
    const { items, metadata, sequence } = sent.params as WriterAppendParams;
    assert.deepEqual(items, [remark(1), userSays('hello')]);
    assert.equal(metadata?.title, 'hello');
    assert.ok(metadata.updatedAt);
    assert.equal(sequence, 0n);
    assert.equal((await live.readThread()).title, 'hello');
  }),

  check('appends that nobody waits for are under way together', async ({ store }) => {
    const gate = new Gate();
    let calls = 0;
    const held = interceptedStore(store, {
      appendItems: async (next, ...args) => {
        calls += 1;
        const result = next(...args);
        await gate.pass();
        return result;
      },
    });
    const live = await createLive(held);
    const appends = [1, 2, 3].map((n) => live.append([remark(n)]));
    assert.equal(calls, 3);
    gate.open();
    const results = await Promise.all(appends);
    assert.deepEqual(
      results.map((result) => result?.firstOrdinal),
      [0n, 1n, 2n],
    );
  }),

  check('many appends at once are stored in the order of the calls', async ({ store }) => {
    const live = await createLive(store);
    const items = Array.from({ length: 120 }, (_, n) => remark(n));
    const results = await Promise.all(items.map((item, n) => live.append(n % 7 === 0 ? [delta(), item] : [item])));
    assert.deepEqual((await live.loadHistory()).items, items);
    assert.deepEqual(
      results.map((result) => result?.firstOrdinal),
      items.map((_, n) => BigInt(n)),
    );
  }),

  check('texts are stored as they are, objects as JSON', async ({ store }) => {
    const live = await createLive(store);
    await live.append([oddly, { type: 'note', text: 'żółć 🏮', none: undefined }]);
    assert.deepEqual((await live.loadHistory()).items, [oddly, '{"type":"note","text":"żółć 🏮"}']);
  }),

  check('an object counts as it is when append is called', async ({ store }) => {
    const live = await createLive(store);
    const item = { type: 'note', text: 'before' };
    const appended = live.append([item]);
    item.text = 'after';
    await appended;
    assert.deepEqual((await live.loadHistory()).items, ['{"type":"note","text":"before"}']);
  }),

  check('an item that is none is refused before any call, and named', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    recorded.calls.length = 0;
    const ring: Record<string, unknown> = { type: 'ring' };
    ring['self'] = ring;
    const wrong: unknown[] = [
      '{"type":"cut',
      '[]',
      '{"type":7}',
      'null',
      '"\ud800"',
      7,
      null,
      undefined,
      {},
      { type: 'big', n: 1n },
      ring,
      () => undefined,
    ];
    for (const item of wrong) await refusedInput(live.append([remark(), item as LiveItem]), 'items[1]');
    await refusedInput(live.append('no array' as unknown as LiveItem[]), 'items');
    assert.deepEqual(recorded.calls, []);
    await live.append([remark()]);
    assert.deepEqual((await live.loadHistory()).items, [remark()]);
  }),

  check('reads go straight to the store: nothing is flushed before', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    await live.append([remark()]);
    recorded.calls.length = 0;
    await live.loadHistory();
    await live.readThread({ includeHistory: true });
    assert.deepEqual(
      recorded.calls.map(({ operation }) => operation),
      ['loadHistory', 'readThread'],
    );
  }),

  check('a signal that has fired before: nothing is done', async ({ store }) => {
    const recorded = recordedStore(store);
    const live = await createLive(recorded.store);
    recorded.calls.length = 0;
    const signal = AbortSignal.abort();
    for (const call of [
      () => live.append([userSays('never')], { signal }),
      () => live.persist({ signal }),
      () => live.flush({ signal }),
      () => live.updateMetadata({ name: 'never' }, {}, { signal }),
    ]) {
      await refused(call(), 'CANCELLED');
    }
    assert.deepEqual(recorded.calls, []);
    await live.append([userSays('said')]);
    assert.deepEqual((await live.loadHistory()).items, [userSays('said')]);
    assert.equal((await live.readThread()).title, 'said');
  }),

  check(
    'a signal that fires during an append: the error tells whether it is stored, once and in its place',
    async ({ store }) => {
      const live = await createLive(store);
      const expected: string[] = [];
      for (let round = 0; round < 8; round += 1) {
        const abort = new AbortController();
        const items = [remark(`${round} before`), remark(`${round} aborted`), remark(`${round} after`)];
        const [before, aborted, after] = items.map((item, n) =>
          live.append([item], n === 1 ? { signal: abort.signal } : {}).catch((error: unknown) => error),
        );
        // Each round the call has come a little further.
        for (let turn = 0; turn < round; turn += 1) await macrotask();
        abort.abort();
        const outcome = await aborted;
        if (outcome instanceof Error) assert.ok(outcome instanceof ThreadStoreError && outcome.code === 'cancelled');
        const isStored = !(outcome instanceof ThreadStoreError) || outcome.effect === 'unknown';
        expected.push(...items.filter((_, n) => n !== 1 || isStored));
        for (const other of await Promise.all([before, after])) assert.ok(!(other instanceof Error));
      }
      await live.flush();
      assert.deepEqual((await live.loadHistory()).items, expected);
    },
  ),

  check('a signal that fires while an append waits for its turn: at once, and nothing is done', async ({ store }) => {
    const gate = new Gate();
    const held = interceptedStore(store, {
      persistThread: async (next, ...args) => {
        await gate.pass();
        return next(...args);
      },
    });
    const live = await createLive(held);
    const persisted = live.persist();
    await gate.reached;
    const abort = new AbortController();
    const waiting = live.append([remark('late')], { signal: abort.signal });
    abort.abort();
    await refused(withinBound('the append', waiting), 'CANCELLED');
    gate.open();
    await persisted;
    await live.append([remark(1)]);
    assert.deepEqual((await live.loadHistory()).items, [remark(1)]);
  }),
);
