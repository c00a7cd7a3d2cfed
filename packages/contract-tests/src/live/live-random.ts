import assert from 'node:assert/strict';
import { setImmediate as macrotask } from 'node:timers/promises';
import {
  defaultLimits,
  ThreadMetadataSync,
  ThreadStoreError,
  type LiveThread,
  type ThreadStore,
} from '@threadstore/core';
import fc from 'fast-check';
import { chapter, check } from '../chapter.ts';
import { userSays } from '../support/events.ts';
import { pick } from '../support/metadata.ts';
import { interceptedStore } from './intercepted-store.ts';
import { goal, remark, turnContext, usage } from './live-items.ts';
import { createLive, failure, lostAnswer, Told } from './live-support.ts';
import { ManualClock } from './manual-clock.ts';

/** What happens to one call of `appendItems`; `late` is how many turns of the event loop its answer takes. */
interface CallFate {
  readonly fate: 'done' | 'fails' | 'invalid' | 'refusesPatch' | 'lostBefore' | 'lostAfter';
  readonly late: number;
}

/** A step of a session: a batch of this flavour that nobody waits for yet, or a barrier. */
interface Step {
  readonly step: 'message' | 'usage' | 'context' | 'goal' | 'remark' | 'flush' | 'persist' | 'wait';
  readonly clockMs: number;
}

const plainFates = ['done', 'done', 'fails', 'invalid', 'lostBefore', 'lostAfter'] as const;

function callFates(...kinds: readonly CallFate['fate'][]): fc.Arbitrary<CallFate[]> {
  return fc.array(fc.record({ fate: fc.constantFrom(...kinds), late: fc.nat({ max: 3 }) }), { maxLength: 40 });
}

const steps: fc.Arbitrary<Step> = fc.record({
  step: fc.constantFrom('message', 'usage', 'context', 'goal', 'remark', 'remark', 'flush', 'persist', 'wait'),
  clockMs: fc.constantFrom(0, 1, 3_000),
});

function itemOf(step: string, n: number): string {
  if (step === 'message') return userSays(`message ${n}`);
  if (step === 'usage') return usage(n + 1);
  if (step === 'context') return turnContext({ cwd: `/${n}`, model: `model ${n}`, n });
  return step === 'goal' ? goal(`goal ${n}`) : remark(n);
}

/** A store whose appends fail as they are told; once `fates` are used up, all are done. */
function failing(store: ThreadStore, fates: CallFate[]): ThreadStore {
  const lost = new Set<string>();
  return interceptedStore(store, {
    appendItems: async (next, ...args) => {
      const [item = ''] = args[0].items;
      const { fate: drawn, late } = fates.shift() ?? { fate: 'done', late: 0 };
      // No store refuses what it may have stored before.
      const fate = drawn === 'invalid' && lost.has(item) ? 'fails' : drawn;
      if (fate === 'lostBefore' || fate === 'lostAfter') lost.add(item);
      const isDone = fate === 'done' || fate === 'lostAfter' || (fate === 'refusesPatch' && !args[0].metadata);
      const done = isDone ? next(...args) : undefined;
      done?.catch(() => undefined);
      for (let turn = 0; turn < late; turn += 1) await macrotask();
      if (fate === 'fails') throw failure();
      if (fate === 'refusesPatch' && args[0].metadata !== undefined) throw failure('INVALID_FIELD', 'metadata.title');
      if (fate === 'invalid') throw failure('INVALID_FIELD', 'items[0]');
      const result = await done;
      if (fate === 'lostBefore' || fate === 'lostAfter' || result === undefined) throw lostAnswer();
      return result;
    },
  });
}

/** Runs the program, and then a flush that works; returns the handle. */
async function runSession(
  store: ThreadStore,
  program: readonly Step[],
  fated: readonly CallFate[],
): Promise<LiveThread> {
  const clock = new ManualClock();
  const left = [...fated];
  const live = await createLive(failing(store, left), { clock, ...new Told().settings });
  // Seen by all from the start: whether it is there is another test's question.
  await live.persist();
  const accepted: string[] = [];
  const underWay: Promise<unknown>[] = [];
  for (const [n, { step, clockMs }] of program.entries()) {
    clock.advance(clockMs);
    if (step === 'flush' || step === 'persist') underWay.push(live[step]().catch(() => undefined));
    else if (step === 'wait') await Promise.all(underWay.splice(0));
    else {
      const item = itemOf(step, n);
      accepted.push(item);
      underWay.push(
        live.append([item]).catch((error: unknown) => {
          assert.ok(error instanceof ThreadStoreError);
          if (error.effect === 'none') accepted.splice(accepted.indexOf(item), 1);
        }),
      );
    }
  }
  await Promise.all(underWay);
  left.length = 0;
  await live.flush();
  assert.equal(live.state, 'live');
  const { items } = await live.loadHistory();
  assert.deepEqual(items, accepted, 'what was accepted, in the order of the calls, each once');
  return live;
}

async function assertDerived(live: LiveThread): Promise<void> {
  const { items } = await live.loadHistory();
  const seen = { cwd: false, preview: false, firstUserMessage: false, title: false };
  const clock = new ManualClock();
  const { threadId } = live;
  const sync = new ThreadMetadataSync({ threadId, seen, deferred: null, clock, limits: defaultLimits });
  sync.observe(items.map((item) => JSON.parse(item) as Record<string, unknown>));
  const { updatedAt: _, ...facts } = sync.take()?.patch ?? {};
  const blank = { title: null, preview: '', firstUserMessage: null, tokenUsage: null, cwd: '', model: null };
  const expected = { ...blank, ...facts };
  assert.deepEqual(pick(await live.readThread(), expected as never), expected, 'metadata follows from the history');
}

const programs = fc.array(steps, { minLength: 1, maxLength: 25 });

export const liveRandomChapter = chapter(
  'LiveThread: random failures',

  check('however appends fail, the history is what was accepted, and metadata follows from it', async ({ store }) => {
    const property = fc.asyncProperty(programs, callFates(...plainFates), async (program, fated) =>
      assertDerived(await runSession(store, program, fated)),
    );
    await fc.assert(property, { numRuns: 60, endOnFailure: true });
  }),

  check('however metadata is refused, the history is what was accepted', async ({ store }) => {
    const property = fc.asyncProperty(programs, callFates(...plainFates, 'refusesPatch'), async (program, fated) => {
      await runSession(store, program, fated);
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
  }),
);
