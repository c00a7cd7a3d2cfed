import type { Result, Round } from '../measuring/rounds.ts';
import { ratioText, spreadOf } from '../measuring/statistics.ts';
import { figure } from './report.ts';

export interface ComparisonOptions {
  /** What the first column holds. */
  readonly head?: string;
  /** Head of the column that tells how many times as fast ours is. */
  readonly ratioHead?: string;
  /** What the rounds wrote, in bytes for each item; not for reading. Default true. */
  readonly writes?: boolean;
}

/** A table of contenders: rates, ratios, latencies, CPU time, bytes written. */
export function comparison(
  results: readonly Result[],
  { head = '', ratioHead = 'threadstore is', writes = true }: ComparisonOptions = {},
): readonly (readonly string[])[] {
  const heads = [head, 'items/s: min', 'median', 'max', ratioHead, 'p50 ms', 'p99 ms'];
  const cpuHeads = ['CPU %: client', 'service', 'Postgres'];
  const writeHeads = writes ? ['WAL bytes/item', 'disk bytes/item'] : [];
  const rows = results.map((result) => [
    result.name,
    ...rateCells(result.rounds),
    ratioCell(result, results),
    ...latencyCells(result.rounds),
    ...cpuCells(result.rounds),
    ...(writes ? writeCells(result) : []),
  ]);
  return [[...heads, ...cpuHeads, ...writeHeads], ...rows];
}

function rateCells(rounds: readonly Round[]): readonly string[] {
  const { min, median, max } = spreadOf(rounds.map(rate));
  return [min, median, max].map(figure);
}

/** Ours against a rival, round by round: what both met at the same time. */
function ratioCell({ rivalOf, rounds }: Result, results: readonly Result[]): string {
  const ours = results.find(({ name }) => name === rivalOf)?.rounds;
  if (ours === undefined) return '';
  const ratios = rounds.flatMap((round, index) => {
    const our = ours[index];
    return our === undefined ? [] : [rate(our) / rate(round)];
  });
  return ratioText(ratios);
}

function latencyCells(rounds: readonly Round[]): readonly string[] {
  return [rounds.map(({ p50Ms }) => p50Ms), rounds.map(({ p99Ms }) => p99Ms)].map(medianCell);
}

function cpuCells(rounds: readonly Round[]): readonly string[] {
  const shares = [
    rounds.map(({ clientCpu }) => clientCpu),
    rounds.map(({ serverCpu }) => serverCpu),
    rounds.map(({ postgresCpu }) => postgresCpu),
  ];
  return shares.map((rows) => medianOf(rows)?.toFixed(0) ?? '');
}

function writeCells({ rounds, diskBytes }: Result): readonly string[] {
  const items = rounds.reduce((sum, round) => sum + round.items, 0);
  return [medianCell(rounds.map((round) => round.walBytes / round.items)), figure(diskBytes / items)];
}

function medianCell(figures: readonly (number | null | undefined)[]): string {
  const median = medianOf(figures);
  return median === undefined ? '' : figure(median);
}

function medianOf(figures: readonly (number | null | undefined)[]): number | undefined {
  const known = figures.filter((value) => value != null);
  return known.length === 0 ? undefined : spreadOf(known).median;
}

function rate({ items, seconds }: Round): number {
  return items / seconds;
}
