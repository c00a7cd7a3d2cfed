import assert from 'node:assert/strict';
import { checkUpThread, ThreadManager, ThreadStoreError } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import {
  aborted,
  agentSays,
  completed,
  event,
  message,
  response,
  started,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { assertRefusal, errorOf, refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, newThreadId, steal, type Writer } from '../support/threads.ts';
import { interceptedStore, recordedStore } from './intercepted-store.ts';

const usage = (total: number): object => ({
  input_tokens: total - 1,
  cached_input_tokens: 0,
  output_tokens: 1,
  reasoning_output_tokens: 0,
  total_tokens: total,
});

const counted = (total: number): string =>
  event('token_count', {
    info: { total_token_usage: usage(total), last_token_usage: usage(2), model_context_window: 1_000 },
    rate_limits: null,
  });

const call = (id: string): string => response('function_call', { name: 'shell', arguments: '{}', call_id: id });
const output = (id: string): string => response('function_call_output', { call_id: id, output: 'done' });

export const managerResumeChapter = chapter(
  'ThreadManager: resume',

  check('a live writer is not taken over unless asked, and its holder is named', async ({ store, open }) => {
    const writer = await createThread(store, { holder: 'the one that works' });
    const manager = new ThreadManager({ store: await open() });
    const error = assertRefusal(await errorOf(manager.resume(writer.ref)), 'WRITER_LIVE');
    assert.equal(error.details['holder'], 'the one that works');
    assert.deepEqual(manager.loaded(), []);
  }),

  check('a steal takes the lease, reports whose it was, and fences it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { holder: 'the one that died' });
    await writer.append(...wholeTurn('t'));
    const manager = new ThreadManager({ store: await open(), holder: 'the heir' });
    const { threadId, takeover, live } = await manager.resume({ threadId: writer.threadId, takeover: 'steal' });
    assert.equal(takeover?.lease.holder, 'the one that died');
    assert.equal(takeover.epoch, writer.epoch);
    assert.equal(live.epoch, writer.epoch + 1n);
    assert.equal((await store.readThread({ threadId })).lease?.holder, 'the heir');
    await refused(writer.append(...wholeTurn('u')), 'FENCED');
  }),

  check('a steal that comes late takes nothing from a writer that it has not seen', async ({ store, open }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...wholeTurn('t'));
    const other = await open();
    let between: Writer | undefined;
    const slow = interceptedStore(store, {
      resumeThread: async (next, ...args) => {
        between = await steal(other, writer);
        return next(...args);
      },
    });
    const manager = new ThreadManager({ store: slow });
    const error = await errorOf(manager.resume({ threadId: writer.threadId, takeover: 'steal' }));
    assert.ok(between !== undefined);
    assertRefusal(error, 'FENCED', { expected: String(writer.epoch), actual: String(between.epoch) });
    assert.deepEqual(manager.loaded(), []);
    await between.append(...wholeTurn('u'));
  }),

  check('a steal whose answer was lost takes the thread from itself', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...wholeTurn('t'));
    let attempts = 0;
    const lossy = interceptedStore(store, {
      resumeThread: async (next, ...args) => {
        const grant = await next(...args);
        attempts += 1;
        if (attempts > 1) return grant;
        // What a client says that has sent the request once more.
        const fenced = assertRefusal(await errorOf(next(...args)), 'FENCED');
        throw new ThreadStoreError({ reason: fenced.reason, message: fenced.message, effect: 'unknown' });
      },
    });
    const { live } = await new ThreadManager({ store: lossy }).resume({ threadId: writer.threadId, takeover: 'steal' });
    assert.equal(live.epoch, writer.epoch + 2n);
    await live.append(wholeTurn('u'));
    await refused(writer.append(...wholeTurn('v')), 'FENCED');
  }),

  check(
    'a steal whose answer was lost takes nothing from somebody who got the thread after it',
    async ({ store, open }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(...wholeTurn('t'));
      const other = await open();
      let since: Writer | undefined;
      const lossy = interceptedStore(store, {
        resumeThread: async (next, ...args) => {
          const grant = await next(...args);
          if (since !== undefined) return grant;
          since = await steal(other, writer);
          const fenced = assertRefusal(await errorOf(next(...args)), 'FENCED');
          throw new ThreadStoreError({ reason: fenced.reason, message: fenced.message, effect: 'unknown' });
        },
      });
      const manager = new ThreadManager({ store: lossy });
      const error = await errorOf(manager.resume({ threadId: writer.threadId, takeover: 'steal' }));
      assert.equal(error.reason, 'FENCED');
      assert.equal(error.effect, 'unknown');
      await since?.append(...wholeTurn('u'));
      assert.equal((await store.readThread({ threadId: writer.threadId })).epoch, since?.epoch);
    },
  ),

  check('a lease that was given back is no takeover', async ({ store }) => {
    const writer = await createThread(store);
    await writer.shutdown();
    const { takeover } = await new ThreadManager({ store }).resume({ threadId: writer.threadId });
    assert.equal(takeover, null);
  }),

  check(
    'the check-up tells of the last complete turn, of one that was interrupted, and of open calls',
    async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(...wholeTurn('done'), started('cut off'), userSays('go on'), message('user', 'go on'));
      await writer.append(call('a'), output('a'), call('b'), agentSays('I am at it'), call('c'));
      const manager = new ThreadManager({ store });
      const { stateAtLoad, threadId } = await manager.resume({ threadId: writer.threadId, takeover: 'steal' });
      assert.equal(stateAtLoad?.nextOrdinal, 11n);
      assert.deepEqual(stateAtLoad.lastCompleteTurn, { turnId: 'done', firstOrdinal: 0n, status: 'completed' });
      assert.deepEqual(stateAtLoad.interruptedTurn, { turnId: 'cut off', firstOrdinal: 3n, status: 'inProgress' });
      assert.deepEqual(
        stateAtLoad.openToolCalls.map(({ callId, ordinal, turnId }) => ({ callId, ordinal, turnId })),
        [
          { callId: 'b', ordinal: 8n, turnId: 'cut off' },
          { callId: 'c', ordinal: 10n, turnId: 'cut off' },
        ],
      );
      assert.equal((await store.readThread({ threadId })).nextOrdinal, 11n, 'nothing was written');
    },
  ),

  check('a check-up takes no lease, and names who holds it', async ({ store, open }) => {
    const writer = await createUnmaterialised(store, { holder: 'the one that works' });
    await writer.append(...wholeTurn('done'), started('now'), call('a'));
    const before = await store.readThread(writer.ref);
    const checkUp = await checkUpThread(await open(), writer.ref);
    assert.equal(checkUp.lease?.holder, 'the one that works');
    assert.equal(checkUp.epoch, writer.epoch);
    assert.equal(checkUp.interruptedTurn?.turnId, 'now');
    assert.deepEqual(
      checkUp.openToolCalls.map(({ callId }) => callId),
      ['a'],
    );
    assert.deepEqual(await store.readThread(writer.ref), before);
    await writer.append(output('a'), completed('now'));
    await writer.shutdown();
    const after = await checkUpThread(store, writer.ref);
    assert.deepEqual([after.lease, after.interruptedTurn, after.openToolCalls], [null, null, []]);
    await refused(checkUpThread(store, { threadId: newThreadId() }), 'THREAD_NOT_FOUND');
  }),

  check('one append closes what was left open, and then nothing is', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(started('cut off'), userSays('go on'), call('a'), call('b'));
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const thread = await manager.resume({ threadId: writer.threadId, takeover: 'steal' });
    const result = await thread.closeInterrupted();
    assert.equal(result?.firstOrdinal, 4n);
    assert.equal(recorded.calls.filter(({ operation }) => operation === 'appendItems').length, 1);
    const closing = (await itemsOf(store, thread)).slice(4).map((text) => JSON.parse(text) as { payload: object });
    assert.deepEqual(closing[0]?.payload, { type: 'function_call_output', call_id: 'a', output: 'aborted' });
    assert.deepEqual(closing[1]?.payload, { type: 'function_call_output', call_id: 'b', output: 'aborted' });
    const state = await thread.checkUp();
    assert.equal(state.interruptedTurn, null);
    assert.deepEqual(state.openToolCalls, []);
    assert.equal(await thread.closeInterrupted(), null);
    if (store.capabilities.listTurns) {
      const { turns } = await store.listTurns({ threadId: thread.threadId });
      assert.deepEqual(
        turns.map(({ turnId, status }) => ({ turnId, status })),
        [{ turnId: 'cut off', status: 'interrupted' }],
      );
    }
  }),

  check('a thread that was left in order has nothing to close', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    await writer.append(...wholeTurn('a'), started('b'), call('x'), output('x'), aborted('b'));
    const thread = await new ThreadManager({ store }).resume({ threadId: writer.threadId, takeover: 'steal' });
    assert.equal(thread.stateAtLoad?.interruptedTurn, null);
    assert.equal(await thread.closeInterrupted(), null);
  }),

  check(
    'token usage is restored from the history that was loaded, with the turn that it belongs to',
    async ({ store }) => {
      const writer = await createUnmaterialised(store);
      await writer.append(started('a'), userSays('x'), counted(10), completed('a'), started('b'), userSays('y'));
      await writer.append(counted(25), event('token_count', { info: null, rate_limits: null }), completed('b'));
      const recorded = recordedStore(store);
      const manager = new ThreadManager({ store: recorded.store });
      const { stateAtLoad } = await manager.resume({ threadId: writer.threadId, takeover: 'steal' });
      assert.equal(stateAtLoad?.tokenUsage?.usage.totalTokens, 25);
      assert.equal(stateAtLoad.tokenUsage.last?.totalTokens, 2);
      assert.equal(stateAtLoad.tokenUsage.modelContextWindow, 1_000);
      assert.equal(stateAtLoad.tokenUsage.turnId, 'b');
      const reads = recorded.calls.filter(({ operation }) => ['streamHistory', 'loadHistory'].includes(operation));
      assert.equal(reads.length, 1, 'the history is read once');
    },
  ),

  check('history that the caller has is not read again', async ({ store }) => {
    const writer = await createUnmaterialised(store);
    const items = [...wholeTurn('a'), started('b'), counted(7)];
    await writer.append(...items);
    const recorded = recordedStore(store);
    const manager = new ThreadManager({ store: recorded.store });
    const history = await itemsOf(store, writer);
    const thread = await manager.resume({ threadId: writer.threadId, takeover: 'steal', history });
    assert.equal(thread.stateAtLoad?.tokenUsage?.usage.totalTokens, 7);
    assert.equal(thread.stateAtLoad.interruptedTurn?.turnId, 'b');
    assert.ok(!recorded.calls.some(({ operation }) => ['streamHistory', 'loadHistory'].includes(operation)));
  }),
);
