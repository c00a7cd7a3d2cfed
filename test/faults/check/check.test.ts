import { describe, expect, test } from 'vitest';
import { factsOf } from '../history/facts.ts';
import type { HistoryLine } from '../history/lines.ts';
import { judge } from './check.ts';
import { appended, type Doctor, doctored, honest } from './doctored-history.ts';

/** The rules that a history breaks. */
function broken(lines: readonly HistoryLine[]): string[] {
  return judge(factsOf(lines)).flatMap(({ rule, violations }) => (violations === 0 ? [] : [rule]));
}

const controls: readonly { readonly rule: string; readonly what: string; readonly doctor: Doctor }[] = [
  {
    rule: 'R1',
    what: 'two replicas show other items at one ordinal',
    doctor: (run) => {
      run.read('replica-1', (items) => (items[5] = run.item('unknown-1', 0)));
      run.read('replica-2', (items) => (items[5] = run.item('unknown-2', 0)));
    },
  },
  {
    rule: 'R2',
    what: 'an ordinal is left out',
    doctor: (run) => run.everyRead((items) => (items[6] = run.item('unknown-1', 0))),
  },
  {
    rule: 'R2',
    what: 'the metadata counts an item more than there are',
    doctor: (run) => run.nextOrdinal(6),
  },
  {
    rule: 'R3',
    what: 'the last acknowledged batch is gone',
    doctor: (run) => run.everyRead((items) => items.splice(4, 1)),
  },
  {
    rule: 'R3',
    what: 'it is gone through one replica only',
    doctor: (run) => run.read('replica-2', (items) => items.splice(4, 1)),
  },
  {
    rule: 'R3',
    what: 'a thread that holds nothing of anybody can not be read',
    doctor: (run) => run.unreadable('yet another thread'),
  },
  {
    rule: 'R3',
    what: 'nothing was read',
    doctor: (run) => run.withoutReads(),
  },
  {
    rule: 'R4',
    what: 'a batch whose outcome was unknown is stored by both of its attempts',
    doctor: (run) => run.everyRead((items) => items.push(run.item('unknown-1', 0), run.item('unknown-1', 0))),
  },
  {
    rule: 'R5',
    what: 'a batch that was refused with effect none is stored',
    doctor: (run) => run.everyRead((items) => items.push(run.item('refused', 0))),
  },
  {
    rule: 'R5',
    what: 'an item is stored that nobody sent',
    doctor: (run) => run.everyRead((items) => items.push(['0000', 'nobody', 0])),
  },
  {
    rule: 'R5',
    what: 'an item does not say what it is',
    doctor: (run) => run.everyRead((items) => items.push(['0000', '', 0])),
  },
  {
    rule: 'R5',
    what: 'an item of another thread is stored',
    doctor: (run) => run.everyRead((items) => items.push(run.item('elsewhere', 0))),
  },
  {
    rule: 'R6',
    what: 'two items of three are stored',
    doctor: (run) => run.everyRead((items) => items.push(run.item('unknown-batch', 0), run.item('unknown-batch', 1))),
  },
  {
    rule: 'R6',
    what: 'a batch is stored in another order',
    doctor: (run) => run.everyRead((items) => items.push(...[1, 0, 2].map((k) => run.item('unknown-batch', k)))),
  },
  {
    rule: 'R6',
    what: 'a batch is stored with another in between',
    doctor: (run) =>
      run.everyRead((items) =>
        items.push(
          run.item('unknown-batch', 0),
          run.item('unknown-1', 0),
          run.item('unknown-batch', 1),
          run.item('unknown-batch', 2),
        ),
      ),
  },
  {
    rule: 'R6',
    what: 'an answer spans more ordinals than the batch has items',
    doctor: (run) => run.replaceAnswer('after', { first: 4, last: 5, duplicate: false }),
  },
  {
    rule: 'R10',
    what: 'a stale batch of unknown outcome stands behind the next epoch',
    doctor: (run) => run.everyRead((items) => items.push(run.item('stale', 0))),
  },
  {
    rule: 'R10',
    what: 'a stale batch stands where the next epoch, which wrote nothing yet, had begun',
    doctor: (run) => {
      run.grant(3, 5);
      run.everyRead((items) => items.push(run.item('unknown-1', 0)));
    },
  },
  {
    rule: 'R10',
    what: 'an epoch wrote before its grant began',
    doctor: (run) => {
      run.everyRead((items) => items.splice(3, 0, run.item('unknown-1', 0)));
      run.replaceAnswer('between', { first: 4, last: 4, duplicate: false });
      run.replaceAnswer('after', { first: 5, last: 5, duplicate: false });
      run.moveGrant(2, 4);
    },
  },
  {
    rule: 'R10',
    what: 'a batch that was sent after the next grant is acknowledged, and called a duplicate',
    doctor: (run) => {
      run.append('late', { epoch: 1, at: 95 }, { first: 2, last: 2, duplicate: true });
      run.everyRead((items) => (items[2] = run.item('late', 0)));
      run.forget('before-2');
    },
  },
  {
    rule: 'R12',
    what: 'a batch is answered as stored just now twice',
    doctor: (run) => run.append('after', { epoch: 2, at: 110 }, { first: 4, last: 4, duplicate: false }),
  },
  {
    rule: 'R20',
    what: 'an append fails for no reason of this run',
    doctor: (run) => run.append('odd', { epoch: 2, at: 110 }, 'INTERNAL'),
  },
  {
    rule: 'R20',
    what: 'an append of unknown outcome is told to have done nothing',
    doctor: (run) => run.claimNoEffect('unknown-1'),
  },
  {
    rule: 'R24',
    what: 'an item is not, to the byte, what was sent',
    doctor: (run) => run.everyRead((items) => items.push(['0000', 'unknown-1', 0])),
  },
];

describe('the checker', () => {
  test('finds nothing wrong with an honest history', () => {
    expect(broken(honest())).toEqual([]);
  });

  test.each(controls)('$rule, and no other: $what', ({ rule, doctor }) => {
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

  test('a stale batch that was stored before the takeover may be answered as a duplicate', () => {
    const again = appended('before-1', { epoch: 1, at: 120 }, { first: 0, last: 1, duplicate: true });
    expect(broken([...honest(), ...again])).toEqual([]);
  });

  test('a call without an end may have been done, or not', () => {
    const [open] = appended('open', { epoch: 2, at: 110 }, 'OUTCOME_UNKNOWN');
    if (open === undefined) throw new Error('there is no invocation');
    expect(broken([...honest(), open])).toEqual([]);
    const stored = doctored((run) => run.everyRead((items) => items.push(run.item('open', 0))));
    expect(broken([...stored, open])).toEqual([]);
  });
});
