import assert from 'node:assert/strict';
import { ThreadStoreError, type LiveThread, type ThreadStore } from '@threadstore/core';
import { chapter, check, type ContractTest } from '../chapter.ts';
import { refused } from '../support/refusals.ts';
import { interceptedStore } from './intercepted-store.ts';
import { remark } from './live-items.ts';
import { createLive, failure, Gate, Told } from './live-support.ts';

/** A handle that was brought into a state, and what lets it go on. */
interface Staged {
  readonly live: LiveThread;
  readonly told: Told;
  /** For a shutdown that is under way: lets it go on. */
  readonly gate: Gate;
  readonly over: Promise<void> | undefined;
}

type State = LiveThread['state'];

/** What a call comes to: nothing wrong, a refusal, or the error that told the loss. */
type Outcome = 'done' | 'WRITER_RELEASED' | 'the loss';

const writes: Readonly<Record<string, (live: LiveThread) => Promise<unknown>>> = {
  append: (live) => live.append([remark('later')]),
  persist: (live) => live.persist(),
  flush: (live) => live.flush(),
  updateMetadata: (live) => live.updateMetadata({ name: 'later' }),
};

async function staged(store: ThreadStore, state: State): Promise<Staged> {
  const gate = new Gate();
  const told = new Told();
  const held = interceptedStore(store, {
    shutdownThread: async (next, ...args) => {
      if (state === 'shuttingDown') await gate.pass();
      return next(...args);
    },
  });
  const live = await createLive(held, told.settings);
  await live.append([remark(1)]);
  let over: Promise<void> | undefined;
  if (state === 'shuttingDown') {
    over = live.shutdown();
    over.catch(() => undefined);
    await gate.reached;
  }
  if (state === 'shutDown') await live.shutdown();
  if (state === 'discarded') await live.discard();
  if (state === 'lost') live.lose(failure('FENCED'));
  assert.equal(live.state, state);
  return { live, told, gate, over };
}

async function assertOutcome(call: Promise<unknown>, outcome: Outcome, live: LiveThread): Promise<void> {
  if (outcome === 'done') await call;
  else if (outcome === 'WRITER_RELEASED') await refused(call, 'WRITER_RELEASED');
  else await assert.rejects(call, (error) => error instanceof ThreadStoreError && error === live.loss);
}

function cell(
  state: State,
  event: string,
  call: (live: LiveThread) => Promise<unknown>,
  [outcome, after]: readonly [Outcome, State],
): ContractTest {
  return check(`${state}, ${event}: ${outcome}, ${after}`, async ({ store }) => {
    const { live, gate, over } = await staged(store, state);
    const called = call(live);
    called.catch(() => undefined);
    // A discard during a shutdown goes before its release, all others wait for it or are refused at once.
    if (event === 'discard') await called;
    gate.open();
    await assertOutcome(called, outcome, live);
    await over?.catch(() => undefined);
    assert.equal(live.state, after);
  });
}

function row(state: State, ofWrites: Outcome, afterWrites: State): ContractTest[] {
  return Object.entries(writes).map(([name, call]) => cell(state, name, call, [ofWrites, afterWrites]));
}

/** A refusal of a write under way, for good. */
function losing(state: State, after: State, isTold: boolean): ContractTest {
  return check(`${state}, a write is refused for good: ${after}`, async ({ store }) => {
    const { live, told, gate, over } = await staged(store, state);
    const error = failure('FENCED');
    live.lose(error);
    live.lose(failure('FENCED'));
    assert.equal(live.state, after);
    assert.deepEqual(told.losses, isTold ? [error] : told.losses);
    if (isTold) assert.equal(live.loss, error);
    assert.ok(told.losses.length <= 1);
    gate.open();
    await over?.catch(() => undefined);
    assert.equal(live.state, after);
  });
}

const shutdown = (live: LiveThread): Promise<void> => live.shutdown();
const discard = (live: LiveThread): Promise<void> => live.discard();

export const liveStatesChapter = chapter(
  'LiveThread: states',

  ...row('live', 'done', 'live'),
  cell('live', 'shutdown', shutdown, ['done', 'shutDown']),
  cell('live', 'discard', discard, ['done', 'discarded']),
  losing('live', 'lost', true),

  ...row('shuttingDown', 'WRITER_RELEASED', 'shutDown'),
  cell('shuttingDown', 'shutdown', shutdown, ['done', 'shutDown']),
  cell('shuttingDown', 'discard', discard, ['done', 'discarded']),
  losing('shuttingDown', 'lost', true),

  ...row('shutDown', 'WRITER_RELEASED', 'shutDown'),
  cell('shutDown', 'shutdown', shutdown, ['done', 'shutDown']),
  cell('shutDown', 'discard', discard, ['done', 'shutDown']),
  losing('shutDown', 'shutDown', false),

  ...row('discarded', 'WRITER_RELEASED', 'discarded'),
  cell('discarded', 'shutdown', shutdown, ['WRITER_RELEASED', 'discarded']),
  cell('discarded', 'discard', discard, ['done', 'discarded']),
  losing('discarded', 'discarded', false),

  ...row('lost', 'the loss', 'lost'),
  cell('lost', 'shutdown', shutdown, ['the loss', 'lost']),
  cell('lost', 'discard', discard, ['done', 'lost']),
  losing('lost', 'lost', false),

  check('shuttingDown, and the release fails: live', async ({ store }) => {
    let failures = 1;
    const live = await createLive(
      interceptedStore(store, {
        shutdownThread: (next, ...args) => (failures-- > 0 ? Promise.reject(failure()) : next(...args)),
      }),
    );
    await refused(live.shutdown(), 'OVERLOADED');
    assert.equal(live.state, 'live');
    await live.append([remark()]);
  }),

  check('an error that says nothing of the writer loses nothing', async ({ store }) => {
    const { live, told } = await staged(store, 'live');
    live.lose(failure('BACKEND_UNAVAILABLE'));
    assert.equal(live.state, 'live');
    assert.deepEqual(told.losses, []);
  }),

  check('a lost handle that is disposed of throws nothing', async ({ store }) => {
    for (const state of ['lost', 'discarded', 'shutDown'] as const) {
      const { live } = await staged(store, state);
      await live[Symbol.asyncDispose]();
      assert.equal(live.state, state);
    }
  }),

  check('reads work in every state', async ({ store }) => {
    for (const state of ['live', 'shutDown', 'discarded', 'lost'] as const) {
      const { live } = await staged(store, state);
      assert.deepEqual((await live.loadHistory()).items, [remark(1)]);
      assert.equal((await live.readThread()).nextOrdinal, 1n);
    }
  }),
);
