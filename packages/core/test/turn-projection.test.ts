import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ThreadIndex } from '../src/memory/thread-index.ts';
import type { TurnEvent } from '../src/turn-index/turn-event.ts';
import { summaryOrdinals } from '../src/turn-index/turn-view.ts';
import { referenceTurns, type ReferenceTurn } from './turn-reference.ts';

// Few names, so that they meet: also those of turns that nobody started.
const turnId = fc.constantFrom('a', 'b', 'c', 'rollout-0', 'rollout-3');
const turnIdOrNull = fc.option(turnId);
const time = fc.option(fc.nat({ max: 9 }));
const error = fc.record({ message: fc.constantFrom('x', 'y'), additionalDetails: fc.constant(null) });

const event: fc.Arbitrary<TurnEvent | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('started' as const), turnId, startedAt: time }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('userMessage' as const), turnId: turnIdOrNull }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('agentMessage' as const),
      phase: fc.constantFrom('final', 'unmarked', 'commentary'),
      turnId: turnIdOrNull,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('shown' as const), turnId: turnIdOrNull }) },
  fc.constant({ kind: 'compacted' as const }),
  fc.record({ kind: fc.constant('failed' as const), error }),
  fc.record({ kind: fc.constant('aborted' as const), turnId: turnIdOrNull, completedAt: time, durationMs: time }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('completed' as const),
      turnId: turnIdOrNull,
      completedAt: time,
      durationMs: time,
      error: fc.option(error),
    }),
  },
  fc.record({ kind: fc.constant('rolledBack' as const), turns: fc.nat({ max: 3 }) }),
);

const batches = fc.array(fc.array(event, { minLength: 1, maxLength: 6 }), { maxLength: 12 });

test('turns kept while batches come in are those of the whole log, at every step', () => {
  fc.assert(
    fc.property(batches, (all) => {
      const kept = new ThreadIndex();
      const log: (TurnEvent | null)[] = [];
      for (const batch of all) {
        add(kept, log.length, batch);
        log.push(...batch);
        expect(seen(kept, log.length)).toEqual(expected(log));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a batch may be a single item', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (log) => {
      const kept = new ThreadIndex();
      for (const [ordinal, one] of log.entries()) {
        add(kept, ordinal, [one]);
        expect(seen(kept, ordinal + 1)).toEqual(expected(log.slice(0, ordinal + 1)));
      }
    }),
    { numRuns: 300 },
  );
});

test('the size of the batches makes no difference', () => {
  fc.assert(
    fc.property(batches, (all) => {
      const log = all.flat();
      const [inBatches, atOnce] = [new ThreadIndex(), new ThreadIndex()];
      let first = 0;
      for (const batch of all) {
        add(inBatches, first, batch);
        first += batch.length;
      }
      add(atOnce, 0, log);
      expect(seen(inBatches, log.length)).toEqual(seen(atOnce, log.length));
    }),
    { numRuns: 500 },
  );
});

function add(index: ThreadIndex, first: number, events: readonly (TurnEvent | null)[]): void {
  index.add(
    BigInt(first),
    events.map((one) => one && { event: one, said: null }),
  );
}

/** All that readers can see of an index. */
function seen(index: ThreadIndex, length: number): unknown {
  const ordinals = Array.from({ length }, (_, ordinal) => ordinal);
  const visible = ordinals.filter((ordinal) => index.hiding(BigInt(ordinal)) === undefined);
  return {
    turns: index.turns.map((turn) => ({
      turnId: turn.turnId,
      firstOrdinal: Number(turn.firstOrdinal),
      explicit: turn.explicit,
      status: turn.status,
      error: turn.error,
      startedAt: turn.startedAt,
      completedAt: turn.completedAt,
      durationMs: turn.durationMs,
      summary: summaryOrdinals(turn).map(Number),
      items: index.itemsOfTurn(turn, BigInt(length)).map(Number),
    })),
    items: visible.map((ordinal) => [ordinal, index.turnOfItem(BigInt(ordinal))?.turnId ?? null]),
  };
}

function expected(log: readonly (TurnEvent | null)[]): unknown {
  const { turns, hidden } = referenceTurns(log);
  const visible = [...log.keys()].filter((ordinal) => !hidden.has(ordinal));
  return {
    turns: turns.map(({ ended, shown, ...turn }) => ({
      ...turn,
      firstOrdinal: turn.items[0],
      summary: summary(shown, ended || turn.status !== 'inProgress'),
    })),
    items: visible.map((ordinal) => [ordinal, turns.find(({ items }) => items.includes(ordinal))?.turnId ?? null]),
  };
}

function summary(shown: ReferenceTurn['shown'], ended: boolean): number[] {
  const user = shown.find(({ as }) => as === 'user');
  const final = shown.findLast(({ as }) => as === 'final');
  const answer = final ?? (ended ? shown.findLast(({ as }) => as === 'unmarked') : undefined);
  return [user, answer].flatMap((message) => message?.ordinal ?? []).toSorted((a, b) => a - b);
}
