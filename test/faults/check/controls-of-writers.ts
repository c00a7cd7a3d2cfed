import { type Control, granted, late } from './doctored-history.ts';

/** Histories of writers, each doctored so that one rule is broken. */
export const ofWriters: readonly Control[] = [
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
    rule: 'R7',
    what: 'a batch is stored before one that was acknowledged when it was sent',
    doctor: (run) => {
      run.everyRead((items) => items.splice(3, 2, run.item('early', 0), run.item('between', 0)));
      run.replaceAnswer('between', { first: 4, last: 4, duplicate: false });
      run.forget('after');
      run.forget('forged');
      run.append('early', { epoch: 2, at: 115 }, { first: 3, last: 3, duplicate: false });
    },
  },
  {
    rule: 'R11',
    what: 'two writers get one epoch',
    doctor: (run) => run.grant(2, 3, 85),
  },
  {
    rule: 'R11',
    what: 'a later grant has a smaller epoch',
    doctor: (run) => run.add(...granted(1, 0, 130, 'other thread')),
  },
  {
    rule: 'R12',
    what: 'a batch is answered as stored just now twice',
    doctor: (run) => run.append('after', { epoch: 2, at: 110 }, { first: 4, last: 4, duplicate: false }),
  },
  {
    rule: 'R13',
    what: 'other items are acknowledged under a sequence that is used',
    doctor: (run) => {
      run.append('usurper', { epoch: 2, at: 125, identity: 'after' }, { first: 5, last: 5, duplicate: false });
      run.everyRead((items) => items.push(run.item('usurper', 0)));
    },
  },
  {
    rule: 'R13',
    what: 'other items of unknown outcome are stored beside those that have their identity',
    doctor: (run) => {
      run.append('usurper', { epoch: 2, at: 125, identity: 'after' }, 'OUTCOME_UNKNOWN');
      run.everyRead((items) => items.push(run.item('usurper', 0)));
    },
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
    rule: 'R20',
    what: 'an append is fenced though nobody took the thread',
    doctor: (run) => run.append('odd', { epoch: 2, at: 110 }, 'FENCED'),
  },
  {
    rule: 'R20',
    what: 'a takeover is fenced though nobody took the thread since',
    doctor: (run) => run.add(...late(2, 110)),
  },
  {
    rule: 'R20',
    what: 'a sequence is said to be used that is not',
    doctor: (run) => run.append('odd', { epoch: 2, at: 110 }, 'SEQUENCE_REUSED'),
  },
  {
    rule: 'R22',
    what: 'a batch is acknowledged whose commit did not wait for the standby',
    doctor: (run) => run.add({ type: 'unreplicated', thread: 'thread', first: 4, last: 6, from: 104, until: 108 }),
  },
  {
    rule: 'R24',
    what: 'an item is not, to the byte, what was sent',
    doctor: (run) => run.everyRead((items) => items.push(['0000', 'unknown-1', 0])),
  },
];
