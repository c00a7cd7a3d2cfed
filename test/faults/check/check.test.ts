import { describe, expect, test } from 'vitest';
import { factsOf } from '../history/facts.ts';
import type { HistoryLine } from '../history/lines.ts';
import { judge } from './check.ts';
import { ofOthers } from './controls-of-others.ts';
import { ofWriters } from './controls-of-writers.ts';
import { appended, doctored, honest } from './doctored-history.ts';

/** The rules that a history breaks. */
function broken(lines: readonly HistoryLine[]): string[] {
  return judge(factsOf(lines)).flatMap(({ rule, violations }) => (violations === 0 ? [] : [rule]));
}

describe('the checker', () => {
  test('finds nothing wrong with an honest history', () => {
    expect(broken(honest())).toEqual([]);
  });

  test.each([...ofWriters, ...ofOthers])('$rule, and no other: $what', ({ rule, doctor }) => {
    expect(broken(doctored(doctor))).toEqual([rule]);
  });

  test('two answers with other ordinals break more than the rule for them', () => {
    const lines = doctored((run) => run.append('after', { epoch: 2, at: 110 }, { first: 3, last: 3, duplicate: true }));
    expect(broken(lines)).toEqual(['R1', 'R3', 'R12']);
  });

  test('an acknowledged item at another ordinal breaks what was told of that one, too', () => {
    const lines = doctored((run) => run.everyRead((items) => items.splice(4, 0, run.item('unknown-1', 0))));
    expect(broken(lines)).toEqual(['R1', 'R3']);
  });

  test('a batch that was sent after the next grant, acknowledged and called a duplicate, is before what the grant knew of', () => {
    const lines = doctored((run) => {
      run.append('late', { epoch: 1, at: 95 }, { first: 2, last: 2, duplicate: true });
      run.everyRead((items) => (items[2] = run.item('late', 0)));
      run.forget('before-2');
    });
    expect(broken(lines)).toEqual(['R7', 'R10']);
  });

  test('a stale batch that was stored before the takeover may be answered as a duplicate', () => {
    const again = appended('before-1', { epoch: 1, at: 120 }, { first: 0, last: 1, duplicate: true });
    expect(broken([...honest(), ...again])).toEqual([]);
  });

  test('a call without an end hangs, and may have been done, or not', () => {
    const [open] = appended('open', { epoch: 2, at: 110 }, 'OUTCOME_UNKNOWN');
    if (open === undefined) throw new Error('there is no invocation');
    expect(broken([...honest(), open])).toEqual(['R21']);
    const stored = doctored((run) => run.everyRead((items) => items.push(run.item('open', 0))));
    expect(broken([...stored, open])).toEqual(['R21']);
  });
});
