import assert from 'node:assert/strict';
import { controlOperation, ThreadManager, turnOperation, type LoadedThread, type ThreadStore } from '@threadstore/core';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import { refused } from '../support/refusals.ts';
import { createIdleThread, itemsOf, newThreadId, steal } from '../support/threads.ts';
import { withinBound } from '../support/waiting.ts';
import { ManualClock } from './manual-clock.ts';

/** A turn that a test ends, and what happens to it. */
class Stage {
  readonly log: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  /** Runs until `end`, or until its signal fires and `heeds` is set. */
  async run(name: string, signal: AbortSignal, heeds = true): Promise<string> {
    this.log.push(`${name} begins`);
    const end = this.#end(name);
    const onAbort = (): void => {
      this.log.push(`${name} is told`);
      if (heeds) end.reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await end.promise;
    } finally {
      this.log.push(`${name} ends`);
    }
  }

  end(name: string): void {
    this.#end(name).resolve(`result of ${name}`);
  }

  #end(name: string): PromiseWithResolvers<string> {
    const known = this.#ends.get(name) ?? Promise.withResolvers<string>();
    this.#ends.set(name, known);
    return known;
  }
}

function staged(store: ThreadStore, clock = new ManualClock()) {
  const stage = new Stage();
  const manager = new ThreadManager({
    store,
    clock,
    idleMs: null,
    operations: {
      prompt: turnOperation((_thread, name: string, { signal }) => stage.run(name, signal)),
      deaf: turnOperation((_thread, name: string, { signal }) => stage.run(name, signal, false)),
      steer: controlOperation((_thread, name: string, { signal }) => stage.run(name, signal)),
      write: turnOperation(async (thread: LoadedThread, text: string) => {
        await thread.live.append([text]);
      }),
    },
  });
  return { stage, manager, clock };
}

export const managerOperationsChapter = chapter(
  'ThreadManager: operations',

  check('an operation is routed to the handler of its name, with the thread and its input', async ({ store }) => {
    const { manager } = staged(store);
    const thread = await manager.start();
    await manager.submit(thread.threadId, 'write', item('by an operation'));
    assert.deepEqual(await itemsOf(store, thread), [item('by an operation')]);
  }),

  check('submit loads a thread that is not loaded', async ({ store }) => {
    const { threadId } = await createIdleThread(store);
    const { manager } = staged(store);
    await manager.submit(threadId, 'write', item('after'));
    assert.deepEqual(manager.loaded(), [threadId]);
    assert.deepEqual(await itemsOf(store, { threadId }), [item('first'), item('after')]);
    await refused(manager.submit(newThreadId(), 'write', item('x')), 'THREAD_NOT_FOUND');
  }),

  check('one turn at a time, in the order in which they were submitted', async ({ store }) => {
    const { manager, stage } = staged(store);
    const { threadId } = await manager.start();
    const turns = ['a', 'b', 'c'].map((name) => manager.submit(threadId, 'prompt', name));
    for (const name of ['c', 'b', 'a']) stage.end(name);
    assert.deepEqual(await withinBound('turns', Promise.all(turns)), ['result of a', 'result of b', 'result of c']);
    assert.deepEqual(stage.log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  }),

  check('turns of different threads do not wait for one another', async ({ store }) => {
    const { manager, stage } = staged(store);
    const [one, other] = [await manager.start(), await manager.start()];
    const first = one.submit('prompt', 'a');
    stage.end('b');
    await withinBound('the other turn', other.submit('prompt', 'b'));
    stage.end('a');
    await first;
  }),

  check('a turn that fails rejects its own submit, and the next one runs', async ({ store }) => {
    const { manager, stage } = staged(store);
    const { threadId } = await manager.start();
    const bad = manager.submit(threadId, 'write', 'no JSON');
    const good = manager.submit(threadId, 'prompt', 'a');
    stage.end('a');
    await refused(bad, 'ITEM_NOT_JSON');
    assert.equal(await withinBound('the next turn', good), 'result of a');
  }),

  check('a control operation runs beside a turn', async ({ store }) => {
    const { manager, stage } = staged(store);
    const thread = await manager.start();
    const turn = thread.submit('prompt', 'turn');
    stage.end('steering');
    await withinBound('steering', thread.submit('steer', 'steering'));
    assert.deepEqual(stage.log, ['turn begins', 'steering begins', 'steering ends']);
    assert.equal(thread.isBusy, true);
    stage.end('turn');
    await turn;
    assert.equal(thread.isBusy, false);
  }),

  check('interrupt fires the signal of the running turn alone', async ({ store }) => {
    const { manager, stage } = staged(store);
    const thread = await manager.start();
    assert.equal(thread.interrupt(), false);
    const [first, second] = [thread.submit('prompt', 'a'), thread.submit('prompt', 'b')];
    assert.equal(thread.interrupt(new Error('the user pressed escape')), true);
    await assert.rejects(withinBound('the interrupted turn', first), /the user pressed escape/);
    stage.end('b');
    assert.equal(await withinBound('the next turn', second), 'result of b');
    assert.deepEqual(stage.log, ['a begins', 'a is told', 'a ends', 'b begins', 'b ends']);
  }),

  check('an operation that there is none of is refused by its name', async ({ store }) => {
    const { manager } = staged(store);
    const thread = await manager.start();
    for (const name of ['nothing', 'toString', '__proto__']) {
      await refused(thread.submit(name as 'prompt', 'x'), 'INVALID_FIELD', { field: 'operation' });
    }
  }),

  check('unload tells the running operations, waits for them, and refuses those that wait', async ({ store }) => {
    const { manager, stage } = staged(store);
    const thread = await manager.start();
    const running = thread.submit('deaf', 'deaf');
    const control = thread.submit('steer', 'control');
    const waiting = thread.submit('prompt', 'waiting');
    const unloading = manager.unload(thread.threadId);
    await refused(waiting, 'WRITER_RELEASED');
    await refused(control, 'WRITER_RELEASED');
    await refused(thread.submit('prompt', 'late'), 'WRITER_RELEASED');
    assert.equal(thread.live.state, 'live', 'the running one can still write');
    stage.end('deaf');
    assert.equal(await running, 'result of deaf');
    await withinBound('unload', unloading);
    assert.equal(thread.live.state, 'shutDown');
  }),

  check('shutdownAll waits for a time, and reports what did not end in it', async ({ store }) => {
    const { manager, stage, clock } = staged(store);
    const [quick, slow] = [await manager.start(), await manager.start()];
    const running = slow.submit('deaf', 'deaf');
    const shutdown = manager.shutdownAll({ timeoutMs: 1_000 });
    await withinBound('the quick one', waitForShutdown(quick));
    clock.advance(1_000);
    assert.deepEqual(await withinBound('the report', shutdown), {
      completed: [quick.threadId],
      failed: [],
      timedOut: [slow.threadId],
    });
    stage.end('deaf');
    await running;
    assert.deepEqual((await manager.shutdownAll()).completed, [slow.threadId]);
  }),

  check('a thread whose lease is lost tells its operations and is loaded no more', async ({ store }) => {
    const lost: string[] = [];
    const stage = new Stage();
    const manager = new ThreadManager({
      store,
      onLost: (threadId, { reason }) => lost.push(`${threadId} ${reason}`),
      operations: { prompt: turnOperation((_thread, name: string, { signal }) => stage.run(name, signal)) },
    });
    const thread = await manager.start();
    await thread.live.append([item(1)]);
    const [running, waiting] = [thread.submit('prompt', 'a'), thread.submit('prompt', 'b')];
    await steal(store, thread);
    await refused(thread.live.append([item(2)]), 'FENCED');
    await refused(withinBound('the running turn', running), 'FENCED');
    await refused(withinBound('the waiting turn', waiting), 'FENCED');
    assert.deepEqual(lost, [`${thread.threadId} FENCED`]);
    assert.deepEqual(manager.loaded(), []);
    await refused(thread.submit('prompt', 'c'), 'FENCED');
  }),

  check('a store can tell of a lost lease before a write fails', async ({ store }) => {
    const manager = new ThreadManager({ store });
    const thread = await manager.start();
    await thread.live.append([item(1)]);
    await steal(store, thread);
    const { threadId } = thread;
    const { lost } = await store.renewLeases({ writers: [{ threadId, epoch: thread.live.epoch }] });
    const [first] = lost;
    assert.ok(first !== undefined);
    manager.leaseLost({ ...first, epoch: first.epoch + 1n });
    assert.equal(thread.isRunning, true, 'that was another writer');
    manager.leaseLost(first);
    assert.equal(thread.live.state, 'lost');
    assert.deepEqual(manager.loaded(), []);
    const again = await manager.resume({ threadId, takeover: 'steal' });
    assert.equal(again.live.epoch, thread.live.epoch + 2n);
  }),
);

/** Resolves when the thread was shut down by somebody. */
async function waitForShutdown({ live }: LoadedThread): Promise<void> {
  while (live.state !== 'shutDown') await new Promise((resolve) => setImmediate(resolve));
}
