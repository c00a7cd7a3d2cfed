import { expect, test } from 'vitest';
import { factsOf } from '../history/facts.ts';
import type { HistoryLine } from '../history/lines.ts';
import { coverageOf, shortfalls } from './coverage.ts';
import { appended, doctored, honest } from './doctored-history.ts';
import { called, traits } from './doctored-side.ts';

const fault = (name: 'kill' | 'freeze' | 'thaw', at: number, on: string): HistoryLine => ({
  type: 'fault',
  at,
  fault: name,
  on,
});

test('counts what an honest history went through', () => {
  const coverage = coverageOf(factsOf([...honest(), fault('kill', 12, 'replica-1'), fault('kill', 60, 'replica-1')]));
  expect(coverage).toEqual({
    acknowledgedBatches: 7,
    acknowledgedItems: 8,
    externalBatches: 0,
    ratePerSecond: 0,
    appendsAtOnce: 1,
    resendsFoundStored: 0,
    killsAmidCalls: 1,
    takeovers: 3,
    staleAppendsRefused: 1,
    freezesThatBit: 0,
    unknownCalls: 5,
    unknownStored: 0,
    unknownNotStored: 5,
    reads: 3,
    patches: 2,
    walks: 2,
    walksAmidCreates: 0,
    forks: 1,
    forksAmidAppends: 0,
    archives: 1,
    deletes: 1,
    deletesAmidAppends: 0,
    refusedAsDeleted: 1,
    forgeriesRefused: 1,
    memorySamples: 1,
    probesCompared: 1,
    ownCanariesSeen: 2,
    changesToAudit: 7,
    refusalsToAudit: 3,
  });
});

test('counts what went on together', () => {
  const lines = doctored((run) => {
    run.add(...called('create', 'create amid', [312, 313], { thread: 'amid', traits }, { epoch: 1, nextOrdinal: 0 }));
    run.append('amid fork', { epoch: 2, at: 232 }, 'OUTCOME_UNKNOWN');
    run.append('amid delete', { epoch: 1, at: 288, in: 'gone' }, 'THREAD_DELETED');
  });
  expect(coverageOf(factsOf(lines))).toMatchObject({ walksAmidCreates: 1, forksAmidAppends: 1, deletesAmidAppends: 1 });
});

test('counts resends that were found stored, and batches of unknown outcome that were', () => {
  const lines = doctored((run) => {
    run.append('after', { epoch: 2, at: 110 }, { first: 4, last: 4, duplicate: true });
    run.everyRead((items) => items.push(run.item('unknown-1', 0)));
  });
  expect(coverageOf(factsOf(lines))).toMatchObject({ resendsFoundStored: 1, unknownStored: 1, unknownNotStored: 4 });
});

test('the rate is that before the first fault', () => {
  expect(coverageOf(factsOf([...honest(), fault('kill', 60, 'replica-1')])).ratePerSecond).toBe(40);
  const busy = ['one', 'two', 'three'].flatMap((op) => appended(op, { epoch: 1, at: 11 }, 'OUTCOME_UNKNOWN'));
  const lines = [...honest(), ...busy, fault('kill', 16, 'replica-1')];
  expect(coverageOf(factsOf(lines))).toMatchObject({ ratePerSecond: 167, appendsAtOnce: 3 });
});

test('a freeze bit when a thread was taken during it, and a write of its process to that thread refused after it', () => {
  const biting = [fault('freeze', 75, 'w1 w1b'), fault('thaw', 92, 'w1 w1b')];
  expect(coverageOf(factsOf([...honest(), ...biting])).freezesThatBit).toBe(1);
  const ofAnother = [fault('freeze', 75, 'w3'), fault('thaw', 92, 'w3')];
  const tooLate = [fault('freeze', 85, 'w1'), fault('thaw', 92, 'w1')];
  const forEver = [fault('freeze', 75, 'w1')];
  for (const idle of [ofAnother, tooLate, forEver]) {
    expect(coverageOf(factsOf([...honest(), ...idle])).freezesThatBit).toBe(0);
  }
});

test('what a run fell short of is named', () => {
  const coverage = coverageOf(factsOf([...honest(), ...appended('external', { epoch: null, at: 130 }, 'CANCELLED')]));
  expect(shortfalls(coverage, { acknowledgedItems: 8, takeovers: 3 })).toEqual([]);
  expect(shortfalls(coverage, { acknowledgedItems: 9, takeovers: 3 })).toEqual([
    'acknowledgedItems: 8, at least 9 make a run worth counting',
  ]);
});
