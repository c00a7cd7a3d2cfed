import { createHash } from 'node:crypto';
import type { CompletionLine, HistoryLine } from '../history/lines.ts';
import type {
  Answers,
  Asked,
  Done,
  Granted,
  Metadata,
  Operation,
  ShownRange,
  WalkQuery,
} from '../history/operations.ts';
import { firstValue } from '../history/operations.ts';
import { auditLine, auditOf, clock } from './doctored-audit.ts';

/** The reasons that say that a call had no effect. */
const refusals = ['FENCED', 'BACKEND_UNAVAILABLE', 'SEQUENCE_REUSED', 'THREAD_DELETED', 'INTERNAL'];

/**
 * The lines of a call by `s1` or somebody else: with its answer, or with the reason why it failed; and the line that the audit log has
 * of it where it was done, or refused by a store.
 */
export function called<F extends Operation>(
  f: F,
  call: string,
  [at, endedAt]: readonly [number, number],
  asked: Asked[F],
  ended: Answers[F] | string,
  client = 's1',
): readonly HistoryLine[] {
  const invocation = { type: 'invoke', at, call, client, f, ...asked };
  const completion: CompletionLine =
    typeof ended === 'string'
      ? { type: refusals.includes(ended) ? 'fail' : 'info', at: endedAt, call, reason: ended }
      : { type: 'ok', at: endedAt, call, answer: ended };
  const isRefused = ended === 'THREAD_DELETED' || ended === 'FENCED';
  const audited =
    typeof ended === 'string' && !isRefused ? [] : auditOf(f, asked.thread, endedAt, isRefused ? ended : undefined);
  // What is asked is what this operation asks.
  return [invocation as unknown as HistoryLine, completion, ...audited];
}

export const digestOf = (hashes: readonly string[]): string =>
  createHash('sha256').update(hashes.join('')).digest('hex').slice(0, 16);

export const metadata = (values: Partial<Metadata['registers']> = {}): Metadata => ({
  nextOrdinal: 1,
  registers: {
    name: firstValue,
    title: firstValue,
    preview: firstValue,
    model: firstValue,
    pair: firstValue,
    ...values,
  },
});

export const walkQuery: WalkQuery = {
  sortKey: 'created_at',
  direction: 'asc',
  pageSize: 2,
  archived: false,
  cwds: ['/side'],
  providers: null,
  forksOf: null,
};

const done: Done = {};
export const traits = { cwd: '/side', provider: 'one' };
const granted = (nextOrdinal: number): Granted => ({ epoch: 1, nextOrdinal });

export const hashOf = (op: string, k = 0): string => `${op}[${k}]`;

export const rangeOf = (first: number, ops: readonly string[]): ShownRange => ({
  first,
  items: ops.map((op) => [hashOf(op), op, 0]),
  gapAt: null,
});

/** A thread with one item of its own, made and stored. */
function made(thread: string, at: number): readonly HistoryLine[] {
  const op = `${thread}-1`;
  const append = { thread, op, identity: '1:0', epoch: 1, hashes: [hashOf(op)] };
  return [
    ...called('create', `create ${thread}`, [at, at + 1], { thread, traits }, granted(0)),
    ...called('append', `${op} at ${at + 2}`, [at + 2, at + 3], append, { first: 0, last: 0, duplicate: false }),
  ];
}

/** A deletion of what is another's, or nobody's, by somebody who is of another tenant. */
function probed(name: string, at: number, target: 'foreign' | 'absent', id: string): readonly HistoryLine[] {
  const reason = 'THREAD_NOT_FOUND';
  const probe = { thread: '', method: 'deleteThread', id, target, pair: 'i1/1' } as const;
  return [
    ...called('probe', name, [at, at + 4], probe, { attempts: 1, reason, signature: 'no such thread' }, 'i1'),
    auditLine('DeleteThread', id, at + 3, reason, 'intruder'),
  ];
}

const intrusion: readonly HistoryLine[] = [
  { type: 'client', client: 'i1', tenant: 'intruder', deadlineMs: 1_000 },
  { type: 'canary', at: 245, client: 's1', tenant: 'owner', of: 'owner', where: 'streamHistory' },
  { type: 'canary', at: 345, client: 'i1', tenant: 'intruder', of: 'intruder', where: 'streamHistory' },
  ...probed('probe', 340, 'foreign', 'plain'),
  ...probed('twin of probe', 346, 'absent', 'nothing'),
];

/** What others do, after the writers: threads that are made, forked, patched, archived, deleted, read and listed. */
export const sideCalls: readonly HistoryLine[] = [
  clock,
  ...['w1', 'w2', 's1', 's2'].map((client): HistoryLine => ({
    type: 'client',
    client,
    tenant: 'owner',
    deadlineMs: 1_000,
  })),
  ...intrusion,
  ...made('plain', 200),
  ...made('kept', 210),
  ...made('gone', 220),
  ...called('fork', 'fork', [230, 235], { thread: 'child', traits, source: 'thread', before: 2 }, granted(2)),
  ...called(
    'readAll',
    'all',
    [240, 244],
    { thread: 'plain' },
    { count: 1, digest: digestOf(['plain-1[0]']), gapAt: null },
  ),
  ...called('readRange', 'range', [245, 249], { thread: 'plain', from: 0, until: 9 }, rangeOf(0, ['plain-1'])),
  ...called('readMetadata', 'metadata', [250, 254], { thread: 'plain' }, metadata()),
  ...called(
    'patch',
    'patch',
    [260, 264],
    { thread: 'plain', registers: ['name'], value: 'p1' },
    metadata({ name: 'p1' }),
  ),
  ...called(
    'patch',
    'patch 2',
    [270, 274],
    { thread: 'plain', registers: ['name', 'pair'], value: 'p2' },
    metadata({ name: 'p2', pair: 'p2' }),
  ),
  ...called('archive', 'archive', [280, 284], { thread: 'kept' }, done),
  ...called('delete', 'delete', [290, 294], { thread: 'gone' }, done),
  ...called('readMetadata', 'metadata of gone', [300, 304], { thread: 'gone' }, 'THREAD_DELETED'),
  ...called(
    'walk',
    'walk',
    [310, 319],
    { thread: '', query: walkQuery },
    {
      pages: 1,
      complete: true,
      threads: [
        ['plain', 1],
        ['child', 2],
      ],
    },
  ),
  ...called(
    'walk',
    'walk the archive',
    [320, 329],
    { thread: '', query: { ...walkQuery, archived: true } },
    {
      pages: 1,
      complete: true,
      threads: [['kept', 1]],
    },
  ),
  { type: 'sample', at: 1, replica: 'replica-1', rssMiB: 100 },
];

/** The lines of the side's threads as they are read in the end: their items, and the one that was deleted. */
export function sideReads(
  via: string,
  inherited: readonly (readonly [string, string, number])[],
): readonly HistoryLine[] {
  return [
    ...['plain', 'kept'].flatMap((thread): readonly HistoryLine[] => [
      { type: 'read', via, thread, first: 0, items: [[hashOf(`${thread}-1`), `${thread}-1`, 0]] },
      { type: 'readEnd', via, thread, nextOrdinal: 1 },
    ]),
    { type: 'read', via, thread: 'child', first: 0, items: inherited },
    { type: 'readEnd', via, thread: 'child', nextOrdinal: inherited.length },
    { type: 'readFailed', via, thread: 'gone', reason: 'THREAD_DELETED: threadId: deleted' },
  ];
}
