import assert from 'node:assert/strict';
import type { LiveThread } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { errorOf, refused } from '../support/refusals.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';
import { remark, tokens, usage } from './live-items.ts';
import { createLive, failure, fatedAppends, lostAnswer, Told, type Fate } from './live-support.ts';

const barriers: readonly (readonly [name: string, call: (live: LiveThread) => Promise<unknown>])[] = [
  ['flush', (live) => live.flush()],
  ['persist', (live) => live.persist()],
  ['updateMetadata', (live) => live.updateMetadata({ name: 'a name' })],
  ['shutdown', (live) => live.shutdown()],
];

const losses: readonly Fate[] = ['lostBefore', 'lostAfter'];

async function unknown(call: Promise<unknown>): Promise<void> {
  assert.equal((await errorOf(call)).effect, 'unknown');
}

export const liveLostAnswersChapter = chapter(
  'LiveThread: lost answers',

  check('stored, and the answer is lost, amid a pipeline: once and in its place', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'lostAfter', 'done');
    const live = await createLive(fated.store);
    const [first, second, third] = [[remark(1)], [userSays('two')], [usage(3)]].map((items) => live.append(items));
    await unknown(second as Promise<unknown>);
    await Promise.all([first, third]);
    await live.append([remark(4)]);
    await live.flush();
    assert.deepEqual((await live.loadHistory()).items, [remark(1), userSays('two'), usage(3), remark(4)]);
    const expected = { title: 'two', tokenUsage: tokens(3) };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
  }),

  check('not stored, and the answer is lost, amid a pipeline: sent again before those behind it', async ({ store }) => {
    const fated = fatedAppends(store, 'done', 'lostBefore', 'done');
    const live = await createLive(fated.store);
    const [first, second, third] = [[remark(1)], [userSays('two')], [usage(3)]].map((items) => live.append(items));
    await unknown(second as Promise<unknown>);
    await Promise.all([first, third]);
    assert.deepEqual((await live.loadHistory()).items, [remark(1), userSays('two'), usage(3)]);
    const expected = { title: 'two', tokenUsage: tokens(3) };
    assert.deepEqual(pick(await live.readThread(), expected as never), expected);
  }),

  ...losses.flatMap((loss) => [
    check(`the next append sends it again first, as the same batch (${String(loss)})`, async ({ store }) => {
      const fated = fatedAppends(store, loss);
      const live = await createLive(fated.store);
      await unknown(live.append([userSays('one')]));
      assert.equal(fated.sent.length, 1, 'nobody asks on and on');
      await live.append([remark(2)]);
      assert.deepEqual(fated.sent[1], fated.sent[0]);
      assert.deepEqual((await live.loadHistory()).items, [userSays('one'), remark(2)]);
      assert.equal((await live.readThread()).title, 'one');
    }),

    ...barriers.map(([name, call]) =>
      check(`${name} sends it again first (${String(loss)})`, async ({ store }) => {
        const fated = fatedAppends(store, loss);
        const live = await createLive(fated.store);
        await unknown(live.append([userSays('one')]));
        await call(live);
        assert.deepEqual((await store.loadHistory(live)).items, [userSays('one')]);
        assert.equal((await store.readThread(live)).title, 'one');
        assert.equal(fated.sent.length, 2);
      }),
    ),
  ]),

  ...barriers.slice(0, 3).map(([name, call]) =>
    check(`${name} rejects as long as that fails, and does nothing else`, async ({ store }) => {
      const fated = fatedAppends(store, 'lostBefore', 'lostBefore', 'fails');
      const recorded = recordedStore(fated.store);
      const live = await createLive(recorded.store);
      await unknown(live.append([userSays('one')]));
      await unknown(call(live));
      await errorOf(call(live));
      const made = recorded.calls.map(({ operation }) => operation);
      assert.deepEqual(made, ['createThread', 'appendItems', 'appendItems', 'appendItems']);
      await call(live);
      assert.deepEqual((await live.loadHistory()).items, [userSays('one')]);
    }),
  ),

  check('several at once are sent again together and in order', async ({ store }) => {
    const fated = fatedAppends(store, 'lostBefore', 'lostBefore', 'lostBefore');
    const live = await createLive(fated.store);
    await Promise.all([1, 2, 3].map((n) => unknown(live.append([remark(n)]))));
    await live.flush();
    assert.deepEqual((await live.loadHistory()).items, [remark(1), remark(2), remark(3)]);
  }),

  check('a flush waits for all that it sends again, also when one of them fails', async ({ store }) => {
    const fated = fatedAppends(store, 'lostBefore', 'lostBefore', failure('INVALID_FIELD', 'items[0]'));
    let underWay = 0;
    const live = await createLive(
      interceptedStore(fated.store, {
        appendItems: async (next, ...args) => {
          underWay += 1;
          try {
            const done = next(...args);
            done.catch(() => undefined);
            if (args[0].items[0] === remark(2)) await new Promise((resolve) => setImmediate(resolve));
            return await done;
          } finally {
            underWay -= 1;
          }
        },
      }),
    );
    await Promise.all([1, 2].map((n) => unknown(live.append([remark(n)]))));
    await refused(live.flush(), 'INVALID_FIELD');
    assert.equal(underWay, 0);
    await live.flush();
    assert.deepEqual((await live.loadHistory()).items, [remark(2)]);
  }),

  check('one that an earlier one keeps from its place is never given up', async ({ store }) => {
    const fated = fatedAppends(store, 'lostBefore', 'lostBefore');
    let isAway = true;
    const live = await createLive(
      interceptedStore(fated.store, {
        appendItems: (next, ...args) =>
          isAway && args[0].items[0] === remark(1) ? Promise.reject(lostAnswer()) : next(...args),
      }),
    );
    await Promise.all([1, 2].map((n) => unknown(live.append([remark(n)]))));
    for (let round = 0; round < 3; round += 1) await refused(live.append([remark('behind')]), 'SEQUENCE_GAP');
    isAway = false;
    await live.flush();
    assert.deepEqual((await live.loadHistory()).items, [remark(1), remark(2)]);
  }),

  check('an error of no store does not undo what an earlier attempt may have done', async ({ store }) => {
    const fated = fatedAppends(store, 'lostAfter');
    let isBroken = false;
    const live = await createLive(
      interceptedStore(fated.store, {
        appendItems: (next, ...args) => (isBroken ? Promise.reject(new Error('no store error')) : next(...args)),
      }),
    );
    await unknown(live.append([userSays('one')]));
    isBroken = true;
    await assert.rejects(live.flush(), /no store error/);
    isBroken = false;
    await live.append([remark(2)]);
    assert.deepEqual((await live.loadHistory()).items, [userSays('one'), remark(2)]);
    assert.equal((await live.readThread()).title, 'one');
  }),

  check('facts that came between two attempts are stored, though the first attempt was', async ({ store }) => {
    const git = Promise.withResolvers<{ branch: string }>();
    const fated = fatedAppends(store, 'lostAfter');
    const live = await createLive(fated.store, { gitInfo: () => git.promise }, { metadata: { cwd: '/w' } });
    await unknown(live.append([userSays('one')]));
    git.resolve({ branch: 'main' });
    await live.persist();
    assert.equal((await live.readThread()).gitInfo?.branch, 'main');
    assert.equal((await live.readThread()).title, 'one');
  }),

  check('what an attempt has applied is not sent again over what somebody set since', async ({ store }) => {
    const fated = fatedAppends(store, 'lostAfter');
    const recorded = recordedStore(fated.store);
    const live = await createLive(recorded.store);
    await unknown(live.append([userSays('one')]));
    await store.updateThreadMetadata({ threadId: live.threadId, patch: { title: 'by hand' } });
    await live.flush();
    await live.append([remark(2)]);
    assert.equal((await live.readThread()).title, 'by hand');
  }),

  check('one that is refused for good after all is told as a warning, when no barrier asks', async ({ store }) => {
    const told = new Told();
    const fated = fatedAppends(store, 'lostBefore', failure('INVALID_FIELD', 'items[0]'));
    const live = await createLive(fated.store, told.settings);
    await unknown(live.append([userSays('one')]));
    await live.append([remark(2)]);
    assert.equal(told.warnings.length, 1);
    assert.deepEqual((await live.loadHistory()).items, [remark(2)]);
    assert.equal((await live.readThread()).title, null);
  }),

  check(
    'one that is known by the next to be stored keeps no barrier waiting, whatever is said of it then',
    async ({ store }) => {
      for (const isLate of [false, true]) {
        const next = Promise.withResolvers<void>();
        let calls = 0;
        const live = await createLive(
          interceptedStore(store, {
            appendItems: async (append, ...args) => {
              calls += 1;
              // The second attempt of the first batch, before the other one is stored or after.
              if (calls === 3) {
                if (isLate) await next.promise;
                throw failure('INVALID_FIELD', 'metadata.title');
              }
              const result = await append(...args);
              if (calls <= 2) throw lostAnswer();
              next.resolve();
              return result;
            },
          }),
        );
        const [first, second] = [live.append([userSays('one')]), live.append([remark(2)])];
        await Promise.all([unknown(first), unknown(second)]);
        await live.flush();
        assert.deepEqual((await live.loadHistory()).items, [userSays('one'), remark(2)]);
        assert.equal((await live.readThread()).title, 'one');
      }
    },
  ),

  check('a lost answer of a barrier changes nothing: it can be called again', async ({ store }) => {
    let losesAnswers = true;
    const lose = async <T>(call: Promise<T>): Promise<T> => {
      await call;
      if (losesAnswers) throw lostAnswer();
      return call;
    };
    const live = await createLive(
      interceptedStore(store, {
        persistThread: (next, ...args) => lose(next(...args)),
        flushThread: (next, ...args) => lose(next(...args)),
        shutdownThread: (next, ...args) => lose(next(...args)),
      }),
    );
    await unknown(live.persist());
    await live.append([remark(1)]);
    await unknown(live.flush());
    await unknown(live.shutdown());
    assert.equal(live.state, 'live');
    losesAnswers = false;
    await live.shutdown();
    assert.equal(live.state, 'shutDown');
    assert.deepEqual((await store.loadHistory(live)).items, [remark(1)]);
  }),
);
