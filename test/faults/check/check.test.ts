import { describe, expect, test } from 'vitest';
import { factsOf } from '../history/facts.ts';
import type { HistoryLine } from '../history/lines.ts';
import type { Walked, WalkQuery } from '../history/operations.ts';
import { judge } from './check.ts';
import { ofOthers } from './controls-of-others.ts';
import { ofServices } from './controls-of-services.ts';
import { ofWriters } from './controls-of-writers.ts';
import { auditLine } from './doctored-audit.ts';
import { appended, doctored, honest } from './doctored-history.ts';
import { called, walkQuery } from './doctored-side.ts';

/** The rules that a history breaks. */
function broken(lines: readonly HistoryLine[]): string[] {
  return judge(factsOf(lines)).flatMap(({ rule, violations }) => (violations === 0 ? [] : [rule]));
}

describe('the checker', () => {
  test('finds nothing wrong with an honest history', () => {
    expect(broken(honest())).toEqual([]);
  });

  test.each([...ofWriters, ...ofOthers, ...ofServices])('$rule, and no other: $what', ({ rule, doctor }) => {
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

  test('ordinals that were lost with the primary may be given again', () => {
    const lost = { type: 'unreplicated', thread: 'thread', first: 4, last: 6, from: 90, until: 100 } as const;
    expect(broken([...honest(), lost])).toEqual([]);
  });

  test('a call may take longer while its process is stopped', () => {
    const slow = called('touch', 'slow', [400, 9_000], { thread: 'plain' }, {}, 'w1');
    const stopped: readonly HistoryLine[] = [
      { type: 'fault', at: 500, fault: 'freeze', on: 'w1 w1b' },
      { type: 'fault', at: 8_000, fault: 'thaw', on: 'w1 w1b' },
    ];
    expect(broken([...honest(), ...slow, ...stopped])).toEqual([]);
  });

  test('a thread that is archived during a walk may be left out, and one that is touched may be shown again', () => {
    const walked = (query: WalkQuery, ...threads: Walked['threads']): readonly HistoryLine[] =>
      called('walk', 'late walk', [400, 410], { thread: '', query }, { pages: 1, complete: true, threads });
    const leftOut = walked(walkQuery, ['child', 2]);
    expect(broken([...honest(), ...leftOut])).toEqual(['R18']);
    expect(
      broken([...honest(), ...leftOut, ...called('archive', 'late', [405, 412], { thread: 'plain' }, {})]),
    ).toEqual([]);
    const again = walked({ ...walkQuery, sortKey: 'updated_at' }, ['plain', 1], ['child', 2], ['plain', 3]);
    expect(broken([...honest(), ...again])).toEqual(['R18']);
    expect(broken([...honest(), ...again, ...called('touch', 'late', [401, 404], { thread: 'plain' }, {})])).toEqual(
      [],
    );
  });

  test('a stale batch that was stored before the takeover may be answered as a duplicate', () => {
    const again = appended('before-1', { epoch: 1, at: 120 }, { first: 0, last: 1, duplicate: true });
    expect(broken([...honest(), ...again])).toEqual([]);
  });

  test('a change that nobody answered may have a line, several, or none', () => {
    const call = called('delete', 'unanswered', [400, 404], { thread: 'kept' }, 'OUTCOME_UNKNOWN');
    const line = auditLine('DeleteThread', 'kept', 402);
    const late = auditLine('DeleteThread', 'kept', 4_000);
    for (const lines of [[], [line], [line, late]]) expect(broken([...honest(), ...call, ...lines])).toEqual([]);
  });

  test('a line that is cut short is accounted for by a kill, once', () => {
    const kill = { type: 'fault', at: 500, fault: 'kill', on: 'replica-1' } as const;
    const torn = { type: 'audit', replica: 'replica-1', text: '{"time":"2026-01' } as const;
    expect(broken([...honest(), kill, torn])).toEqual([]);
    expect(broken([...honest(), kill, torn, torn])).toEqual(['R23']);
  });

  test('answers to a foreign id are compared only where both calls were answered at once', () => {
    const asked = { thread: '', method: 'readThread', id: 'thread', target: 'foreign', pair: 'i1/2' } as const;
    const answer = { attempts: 1, reason: null, signature: 'a thread' };
    const alone = called('probe', 'alone', [500, 501], asked, answer, 'i1');
    const twin = { ...asked, id: 'nobody', target: 'absent' } as const;
    expect(broken([...honest(), ...alone])).toEqual([]);
    const late = called('probe', 'late twin', [502, 503], twin, 'BACKEND_UNAVAILABLE', 'i1');
    expect(broken([...honest(), ...alone, ...late])).toEqual([]);
    const none = { attempts: 2, reason: 'THREAD_NOT_FOUND', signature: 'none' };
    const again = called('probe', 'twin that was sent again', [502, 503], twin, none, 'i1');
    expect(broken([...honest(), ...alone, ...again])).toEqual([]);
    const other = called('probe', 'twin', [502, 503], twin, { ...none, attempts: 1 }, 'i1');
    expect(broken([...honest(), ...alone, ...other])).toEqual(['R17']);
  });

  test('a call without an end hangs, and may have been done, or not', () => {
    const [open] = appended('open', { epoch: 2, at: 110 }, 'OUTCOME_UNKNOWN');
    if (open === undefined) throw new Error('there is no invocation');
    expect(broken([...honest(), open])).toEqual(['R21']);
    const stored = doctored((run) => run.everyRead((items) => items.push(run.item('open', 0))));
    expect(broken([...stored, open])).toEqual(['R21']);
  });
});
