import type { AppendResult } from '@threadstore/core';
import { mergePatch, type CheckedPatch, type CheckedWriterAppend } from '@threadstore/core/internal';
import { prepared, type PreparedStatement, type RunQuery, TextArray } from '../database.ts';
import { objectAssignments, type PatchedColumns, patchObject, type PatchObject } from '../metadata-columns.ts';
import { Params } from '../params.ts';
import { flag, integer } from '../row.ts';
import type { AppendIndex, IndexedRun } from '../thread-index/append-index.ts';
import { noteMessages } from '../thread-index/messages-behind.ts';
import { turnsJson, turnsOf, upsertTurns } from '../thread-index/turn-rows.ts';

export interface AppendOptions {
  readonly tenant: string;
  readonly leaseDurationMs: number;
  readonly index: AppendIndex;
}

interface StatementParts {
  readonly turns: boolean;
  /** Which columns the patches change; null without any. */
  readonly patches: PatchedColumns | null;
}

/** Batches of one thread and epoch, with sequences that have no gap; at least one. */
export type AppendRun = readonly CheckedWriterAppend[];

/**
 * Appends runs of several threads in one statement. The update of the threads' rows judges writers and sequences and moves the
 * ordinals, and what it returns feeds the insert. A writer that checked first and wrote then let others in between (1,067 ordinals
 * given twice in 9,155 appends under takeovers); this one can't, holds no lock across a round trip, and makes no SQL error of a
 * refusal.
 *
 * Rows that are locked are left out: a row that is held for long, by a deletion or a process that froze, keeps nobody but its own
 * writer, and statements that have threads in common can't lock each other out. That costs a twentieth of the statement.
 *
 * Each row is found by a lateral read of its key, and updated by its place. A plain join leaves it to the planner, which makes one
 * plan for groups of every size: made in a new database it reads all threads of the tenant and compares each with each run. The
 * limit limits nothing, but lets the planner expect one row, for which it goes to the place and does not read the table. (The
 * place is of the statement's snapshot. A row that was changed since is left out, too.)
 *
 * All that is sent is arrays, whatever the number of runs and items: one text, planned once on a connection.
 *
 * What the turns get is worked out before, from what the store knows of the thread's turns at some ordinal. It holds if the thread
 * is at that ordinal now and nothing is missing before it; else the row says from where on turns are missing. Messages are only
 * noted: to write their words in here took longer than all the rest.
 */
const statement = ({ turns, patches }: StatementParts): string => `
  with run as (
    select *
    from unnest(
      $2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $12::bigint[], $13::boolean[]${patches === null ? '' : ', $14::jsonb[]'}
    ) with ordinality
      as run (thread_id, epoch, sequence, batches, items, first_item, expected, says${patches === null ? '' : ', patch'}, number)
  ), free as materialized (
    select run.*, thread.place
    from run
    cross join lateral (
      select ctid as place from threadstore.threads where tenant = $1 and thread_id = run.thread_id for no key update skip locked
    ) as thread
    limit cardinality($2::uuid[])
  ), head as (
    update threadstore.threads as threads
    set next_ordinal = next_ordinal + free.items, writer_seq = writer_seq + free.batches, materialized = true,
      lease_until = greatest(lease_until, now() + $8::bigint * interval '1 millisecond'),
      index_from = case
        when index_from is null and (free.expected is null or free.expected = next_ordinal) then null
        else coalesce(index_from, next_ordinal)
      end${patches === null ? '' : `, ${objectAssignments('free.patch', patches)}`}
    from free
    where threads.ctid = free.place and writer_epoch = free.epoch and writer_seq = free.sequence and lease_holder is not null
    returning free.*, next_ordinal - free.items as first_ordinal, index_from is null as indexed
  ), stored as (
    insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
    select $1, head.thread_id, head.first_ordinal + item.number - head.first_item, head.epoch, head.sequence + item.batch, item.body
    from unnest($9::text[], $10::int[], $11::int[]) with ordinality as item (body, run, batch, number)
    join head on head.number = item.run
  ), noted as (
    ${noteMessages('select $1, thread_id, first_ordinal, first_ordinal + items from head where says')}
  )${turns ? turnWrites(patches === null ? '$14' : '$15') : ''}
  select number, first_ordinal, indexed from head`;

const turnWrites = (turns: string): string => `, turned as (
    ${upsertTurns('$1', 'head.thread_id', `${turnsOf(turns)} join head on head.number = turn.run and head.indexed`)}
  )`;

const statements = ({ turns }: Pick<StatementParts, 'turns'>) => ({
  none: prepared(statement({ turns, patches: null })),
  ofTurns: prepared(statement({ turns, patches: 'ofTurns' })),
  all: prepared(statement({ turns, patches: 'all' })),
});

/**
 * For groups in which turns change or not, and metadata or not. The statement gets ready for each column whenever it is executed, which
 * all of them took longer than to write a patch: while threads are written few change.
 */
export const appendStatements = {
  plain: statements({ turns: false }),
  withTurns: statements({ turns: true }),
} as const;

/** Where each run was stored, in the order of the runs; undefined for one that was not, for whatever reason. */
export async function appendRuns(
  query: RunQuery,
  runs: readonly AppendRun[],
  options: AppendOptions,
): Promise<readonly (IndexedRun | undefined)[]> {
  const projections = runs.map((run) => options.index.project(run));
  const params = groupParams(runs, options);
  params.add(literal(projections.map(({ expected }) => expected ?? 'null')));
  params.add(literal(projections.map(({ says }) => `${says}`)));
  const turns = projections.flatMap((projection, index) => projection.turns.map((turn) => ({ run: index + 1, turn })));
  const patches = runs.map(patchOf);
  const columns = columnsOf(patches);
  if (columns !== null) params.add(patches.map((patch) => patch?.text ?? null));
  if (turns.length > 0) params.add(turnsJson(turns));
  const rows = await query(statementFor({ turns: turns.length > 0, patches: columns }), params.values);
  const stored: (IndexedRun | undefined)[] = runs.map(() => undefined);
  for (const row of rows) {
    const index = Number(row['number']) - 1;
    const projection = projections[index];
    if (projection === undefined) throw new TypeError('a run was stored that was not sent');
    stored[index] = { firstOrdinal: integer(row, 'first_ordinal'), indexed: flag(row, 'indexed'), projection };
  }
  return stored;
}

function statementFor({ turns, patches }: StatementParts): PreparedStatement {
  return (turns ? appendStatements.withTurns : appendStatements.plain)[patches ?? 'none'];
}

function columnsOf(patches: readonly (PatchObject | null)[]): PatchedColumns | null {
  if (patches.some((patch) => patch?.columns === 'all')) return 'all';
  return patches.some((patch) => patch !== null) ? 'ofTurns' : null;
}

/** What the patches of a run's batches do one after the other. */
function patchOf(run: AppendRun): PatchObject | null {
  let patch: CheckedPatch = {};
  for (const { metadata } of run) if (metadata !== null) patch = mergePatch(patch, metadata);
  return patchObject(patch);
}

function groupParams(runs: readonly AppendRun[], { tenant, leaseDurationMs }: AppendOptions): Params {
  const heads: CheckedWriterAppend[] = [];
  const sizes: number[] = [];
  const firstItems: number[] = [];
  const bodies: string[] = [];
  const runOfItem: number[] = [];
  const batchOfItem: number[] = [];
  let bytes = 0;
  for (const [index, run] of runs.entries()) {
    const before = bodies.length;
    for (const [batch, { items, bytes: more }] of run.entries()) {
      bytes += more;
      for (const item of items) {
        bodies.push(item);
        runOfItem.push(index + 1);
        batchOfItem.push(batch);
      }
    }
    const [head] = run;
    if (head === undefined) throw new TypeError('a run has no batch');
    heads.push(head);
    sizes.push(bodies.length - before);
    firstItems.push(before + 1);
  }
  const params = new Params();
  params.add(tenant);
  params.add(literal(heads.map(({ threadId }) => threadId)));
  params.add(literal(heads.map(({ epoch }) => epoch)));
  params.add(literal(heads.map(({ sequence }) => sequence)));
  params.add(literal(runs.map((run) => run.length)));
  params.add(literal(sizes));
  params.add(literal(firstItems));
  params.add(`${leaseDurationMs}`);
  params.add(new TextArray(bodies, bytes));
  params.add(literal(runOfItem));
  params.add(literal(batchOfItem));
  return params;
}

/** An array of values that need no quotes. */
function literal(values: readonly (string | number | bigint)[]): string {
  return `{${values.join()}}`;
}

/** The answers to batches that were stored now, one after the other. */
export function storedFrom(firstOrdinal: bigint, batches: readonly CheckedWriterAppend[]): readonly AppendResult[] {
  let next = firstOrdinal;
  return batches.map((batch) => {
    const result = resultOf(next, batch, false);
    next = result.lastOrdinal + 1n;
    return result;
  });
}

export function resultOf(
  firstOrdinal: bigint,
  { items }: { readonly items: readonly string[] },
  duplicate: boolean,
): AppendResult {
  return { firstOrdinal, lastOrdinal: firstOrdinal + BigInt(items.length) - 1n, duplicate };
}
