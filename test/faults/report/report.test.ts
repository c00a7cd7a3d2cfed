import { expect, test } from 'vitest';
import { factsOf } from '../history/facts.ts';
import type { HistoryLine } from '../history/lines.ts';
import { lossesOf, lostItems } from './losses.ts';
import { outOfOrder } from './order.ts';
import { recoveriesOf } from './recoveries.ts';

/** A batch of two items that was sent and acknowledged. */
function batch(op: string, at: number, endedAt: number, first: number): readonly HistoryLine[] {
  const call = `call of ${op}`;
  return [
    { type: 'invoke', at, call, client: 'w', thread: 't', f: 'append', op, identity: op, epoch: 1, hashes: ['a', 'b'] },
    { type: 'ok', at: endedAt, call, answer: { first, last: first + 1, duplicate: false } },
  ];
}

function fault(name: 'inject' | 'undo' | 'kill' | 'restart', on: string, at: number): HistoryLine {
  return { type: 'fault', at, fault: name, on };
}

function read(via: string, ...ops: readonly string[]): readonly HistoryLine[] {
  const items = ops.flatMap((op) => [['a', op, 0] as const, ['b', op, 1] as const]);
  return [
    { type: 'read', via, thread: 't', first: 0, items },
    { type: 'readEnd', via, thread: 't', nextOrdinal: items.length },
  ];
}

test('recovery counts from the end of a fault to the next answer, an outage from the answer before it', () => {
  const facts = factsOf([
    ...batch('one', 0, 10, 0),
    fault('inject', 'postgres-kill', 20),
    fault('kill', 'replica-1', 25),
    fault('undo', 'postgres-kill', 100),
    ...batch('two', 30, 130, 2),
    fault('restart', 'replica-1', 140),
    ...batch('three', 135, 141, 4),
  ]);
  expect(recoveriesOf(facts)).toEqual([
    { kind: 'postgres-kill', times: 1, p50: 30, p99: 30, max: 30, longestOutage: 120 },
    { kind: 'server-kill', times: 1, p50: 1, p99: 1, max: 1, longestOutage: 120 },
  ]);
});

test('a fault after which nothing was answered', () => {
  const facts = factsOf([...batch('one', 0, 10, 0), fault('inject', 'failover', 20), fault('undo', 'failover', 30)]);
  expect(recoveriesOf(facts)).toMatchObject([{ max: Infinity, longestOutage: Infinity }]);
});

test('an item is lost that was acknowledged and that one replica does not have, with the failover after its answer', () => {
  const lines = [
    ...batch('one', 0, 10, 0),
    fault('inject', 'failover', 20),
    fault('undo', 'failover', 25),
    ...batch('two', 30, 40, 2),
    fault('inject', 'late-failover', 50),
    ...batch('three', 60, 70, 4),
    fault('undo', 'late-failover', 80),
  ];
  const facts = factsOf([...lines, ...read('a', 'one', 'three'), ...read('b', 'one', 'two', 'three')]);
  expect(lostItems(facts)).toBe(2);
  const outcome = { bit: true, remark: undefined };
  const losses = lossesOf(facts, [
    { ...outcome, kind: 'failover', lag: undefined },
    { ...outcome, kind: 'late-failover', lag: { ms: 7, bytes: 8 } },
  ]);
  expect(losses.map(({ lost, lagMs }) => [lost, lagMs])).toEqual([
    [0, 0],
    [2, 7],
  ]);
});

test('a batch that was sent after another was acknowledged stands behind it', () => {
  const [first, overlapping, late] = [batch('one', 0, 10, 4), batch('two', 5, 20, 0), batch('three', 15, 30, 2)];
  expect(outOfOrder(factsOf([...first, ...overlapping]))).toBe(0);
  expect(outOfOrder(factsOf([...first, ...overlapping, ...late]))).toBe(1);
});
