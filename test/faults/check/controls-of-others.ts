import type { HistoryLine } from '../history/lines.ts';
import type { Metadata, Walked } from '../history/operations.ts';
import type { Control } from './doctored-history.ts';
import { called, digestOf, hashOf, metadata, rangeOf, traits, walkQuery } from './doctored-side.ts';

const look = (name: string, at: number, thread: string, ended: Metadata | string): readonly HistoryLine[] =>
  called('readMetadata', name, [at, at + 4], { thread }, ended);
const readAll = (name: string, at: number, thread: string, ops: readonly string[]): readonly HistoryLine[] => {
  const answer = { count: ops.length, digest: digestOf(ops.map((op) => hashOf(op))), gapAt: null };
  return called('readAll', name, [at, at + 4], { thread }, answer);
};
const finalRead = (thread: string, ops: readonly string[]): readonly HistoryLine[] => [
  { type: 'read', via: 'replica-1', thread, first: 0, items: ops.map((op) => [hashOf(op), op, 0]) },
  { type: 'readEnd', via: 'replica-1', thread, nextOrdinal: ops.length },
];
const shown = (...threads: Walked['threads']): { answer: Pick<Walked, 'threads'> } => ({ answer: { threads } });
const plain = ['plain', 1] as const;
const child = ['child', 2] as const;

/** Histories of all who do something else than writers do, each doctored so that one rule is broken. */
export const ofOthers: readonly Control[] = [
  {
    rule: 'R1',
    what: 'a range shows another item than there is in the end',
    doctor: (run) => run.redo('range', 'readRange', { answer: rangeOf(0, ['nobody']) }),
  },
  {
    rule: 'R1',
    what: 'a whole history has other items than there are in the end',
    doctor: (run) => run.redo('all', 'readAll', { answer: { digest: digestOf(['0000']) } }),
  },
  {
    rule: 'R2',
    what: 'a range leaves an ordinal out',
    doctor: (run) => run.redo('range', 'readRange', { answer: { gapAt: 1 } }),
  },
  {
    rule: 'R2',
    what: 'a range shows more than was asked for',
    doctor: (run) => run.redo('range', 'readRange', { asked: { until: 0 } }),
  },
  {
    rule: 'R8',
    what: 'a history that is read after an append was acknowledged does not have it',
    doctor: (run) => run.redo('all', 'readAll', { answer: { count: 0, digest: digestOf([]) } }),
  },
  {
    rule: 'R8',
    what: 'a fork does not have what was acknowledged before',
    doctor: (run) => {
      const fork = { thread: 'late', traits: { ...traits, cwd: '/elsewhere' }, source: 'plain', before: null };
      run.add(...called('fork', 'fork of plain', [205, 208], fork, { epoch: 1, nextOrdinal: 0 }));
    },
  },
  {
    rule: 'R9',
    what: 'a read shows less than one before it',
    doctor: (run) => {
      run.add(...readAll('more', 400, 'other thread', ['elsewhere']), ...readAll('less', 410, 'other thread', []));
    },
  },
  {
    rule: 'R9',
    what: 'what was shown in the run is not there in the end',
    doctor: (run) => run.add(...readAll('more', 400, 'other thread', ['elsewhere'])),
  },
  {
    rule: 'R14',
    what: 'a field has the value of a patch before the last',
    doctor: (run) => run.add(...look('late', 276, 'plain', metadata({ name: 'p1', pair: 'p2' }))),
  },
  {
    rule: 'R14',
    what: 'a patch of other fields undoes one that was acknowledged before',
    doctor: (run) =>
      run.add(
        ...called(
          'patch',
          'undoing',
          [276, 279],
          { thread: 'plain', registers: ['title'], value: 'p3' },
          metadata({ title: 'p3', pair: 'p2' }),
        ),
      ),
  },
  {
    rule: 'R14',
    what: 'of two fields that are patched together one has the value and the other has not',
    doctor: (run) => run.add(...look('torn', 276, 'plain', metadata({ name: 'p2', pair: 'torn: p2 and first' }))),
  },
  {
    rule: 'R14',
    what: 'a field has a value that was refused with effect none',
    doctor: (run) => {
      const patch = { thread: 'plain', registers: ['model'], value: 'p3' } as const;
      run.add(...called('patch', 'refused', [276, 278], patch, 'BACKEND_UNAVAILABLE'));
      run.add(...look('phantom', 280, 'plain', metadata({ name: 'p2', pair: 'p2', model: 'p3' })));
    },
  },
  {
    rule: 'R15',
    what: 'a fork begins with other items',
    doctor: (run) => run.inherited((items) => (items[1] = run.item('unknown-1', 0))),
  },
  {
    rule: 'R15',
    what: 'a fork has lost an item of its source',
    doctor: (run) => run.inherited((items) => items.pop()),
  },
  {
    rule: 'R15',
    what: 'a fork has items from beyond the place it was to end at',
    doctor: (run) => run.redo('fork', 'fork', { asked: { before: 1 } }),
  },
  {
    rule: 'R15',
    what: 'a fork of a thread that was deleted since has other items',
    doctor: (run) => {
      const fork = { thread: 'orphan', traits: { ...traits, cwd: '/elsewhere' }, source: 'gone', before: null };
      run.add(...called('fork', 'fork of gone', [285, 288], fork, { epoch: 1, nextOrdinal: 1 }));
      run.add(...finalRead('orphan', ['unknown-1']));
    },
  },
  {
    rule: 'R16',
    what: 'a thread is read after it was deleted',
    doctor: (run) => run.add(...look('late look', 305, 'gone', metadata())),
  },
  {
    rule: 'R16',
    what: 'an append is acknowledged that was sent after the deletion',
    doctor: (run) => run.append('late', { epoch: 1, at: 305, in: 'gone' }, { first: 1, last: 1, duplicate: false }),
  },
  {
    rule: 'R16',
    what: 'a fork is made of a thread that was deleted',
    doctor: (run) => {
      const fork = { thread: 'late', traits: { ...traits, cwd: '/elsewhere' }, source: 'gone', before: null };
      run.add(...called('fork', 'late fork', [305, 308], fork, { epoch: 1, nextOrdinal: 1 }));
    },
  },
  {
    rule: 'R16',
    what: 'a thread is listed after it was deleted',
    doctor: (run) => run.redo('walk', 'walk', shown(plain, child, ['gone', 3])),
  },
  {
    rule: 'R16',
    what: 'a deleted thread is readable in the end',
    doctor: (run) => run.add(...finalRead('gone', ['gone-1'])),
  },
  {
    rule: 'R16',
    what: 'items of a deleted thread are left in the database',
    doctor: (run) => run.add({ type: 'leftover', thread: 'gone', table: 'items', rows: 1 }),
  },
  {
    rule: 'R18',
    what: 'a thread that matches all the time is left out',
    doctor: (run) => run.redo('walk', 'walk', shown(child)),
  },
  {
    rule: 'R18',
    what: 'a thread is shown twice',
    doctor: (run) => run.redo('walk', 'walk', shown(plain, child, ['plain', 3])),
  },
  {
    rule: 'R18',
    what: 'threads are shown in another order',
    doctor: (run) => run.redo('walk', 'walk', shown(['plain', 3], child)),
  },
  {
    rule: 'R18',
    what: 'threads of one time are not in the order of their ids',
    doctor: (run) => run.redo('walk', 'walk', shown(plain, ['child', 1])),
  },
  {
    rule: 'R18',
    what: 'a thread is shown that is archived',
    doctor: (run) => run.redo('walk', 'walk', shown(plain, child, ['kept', 3])),
  },
  {
    rule: 'R18',
    what: 'a thread is shown that nobody made',
    doctor: (run) => run.redo('walk', 'walk', shown(plain, child, ['stranger', 3])),
  },
  {
    rule: 'R18',
    what: 'threads are shown that the filter leaves out',
    doctor: (run) => run.redo('walk', 'walk', { asked: { query: { ...walkQuery, cwds: [] } } }),
  },
  {
    rule: 'R18',
    what: 'a thread is shown as a fork that is none',
    doctor: (run) => run.redo('walk', 'walk', { asked: { query: { ...walkQuery, forksOf: 'thread' } } }),
  },
  {
    rule: 'R19',
    what: 'a replica takes more memory than it may',
    doctor: (run) => run.add({ type: 'sample', at: 400, replica: 'replica-1', rssMiB: 600 }),
  },
  {
    rule: 'R20',
    what: 'a read fails within the service',
    doctor: (run) => run.add(...look('odd', 400, 'plain', 'INTERNAL')),
  },
  {
    rule: 'R20',
    what: 'a thread is called deleted that nobody deleted',
    doctor: (run) => run.add(...look('odd', 400, 'plain', 'THREAD_DELETED')),
  },
  {
    rule: 'R20',
    what: 'a read fails as if it might have had an effect',
    doctor: (run) => run.add(...look('odd', 400, 'plain', 'DEADLINE_EXCEEDED')),
  },
  {
    rule: 'R20',
    what: 'a call fails with what is no error of a store',
    doctor: (run) =>
      run.add(...called('touch', 'odd', [400, 404], { thread: 'plain' }, 'not a store error: TypeError')),
  },
  {
    rule: 'R21',
    what: 'a call ends long after its deadline',
    doctor: (run) => run.add(...called('touch', 'slow', [400, 9_000], { thread: 'plain' }, {})),
  },
];
