import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, type Judgement } from '../check/check.ts';
import { type Coverage, coverageOf, shortfalls } from '../check/coverage.ts';
import { readFacts } from '../history/files.ts';
import type { FaultKind } from '../nemesis/faults/catalogue.ts';
import { floorsOf, type Part } from '../parts.ts';
import { type RunFacts, runFile } from '../run.ts';
import { type Loss, lossesOf, lostItems } from './losses.ts';
import { outOfOrder } from './order.ts';
import { recoveriesOf, type Recovery } from './recoveries.ts';

/** What is asked first of a store. */
export interface Figures {
  readonly acknowledgedItems: number;
  readonly kills: number;
  readonly postgresKills: number;
  readonly powerCuts: number;
  readonly failovers: number;
  readonly otherFaults: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly zombieWritesAccepted: number;
}

export interface Report {
  readonly verdict: 'passed' | 'failed' | 'not worth counting';
  /** Where this report is, and the history it judges. */
  readonly folder: string;
  readonly run: RunFacts;
  /** What runs the like again. */
  readonly command: string;
  readonly figures: Figures;
  readonly coverage: Coverage;
  readonly recoveries: readonly Recovery[];
  /** Of failovers, where the standby is one that nobody waits for. */
  readonly losses: readonly Loss[];
  /** What is wrong beside the rules. */
  readonly faults: readonly string[];
  readonly shortfalls: readonly string[];
  readonly judgements: readonly Judgement[];
}

/** Judges the run in a folder. */
export async function makeReport(folder: string, command: string): Promise<Report> {
  const file = join(folder, runFile);
  if (!existsSync(file)) throw new Error(`${folder} holds no run that came to its end`);
  const run = JSON.parse(readFileSync(file, 'utf8')) as RunFacts;
  const { part } = run;
  const facts = await readFacts(folder);
  const judgements = judge(facts);
  const coverage = coverageOf(facts);
  const recoveries = recoveriesOf(facts);
  const short = [...shortfalls(coverage, floorsOf(part, coverage)), ...missed(run)];
  const faults = [...run.crashes.map((crash) => crash.trim()), ...slowRecoveries(recoveries, part)];
  const broken = judgements.some(({ rule, violations }) => violations > 0 && !part.notPromised.includes(rule));
  const verdict = broken || faults.length > 0 ? 'failed' : short.length > 0 ? 'not worth counting' : 'passed';
  const figures = {
    acknowledgedItems: coverage.acknowledgedItems,
    ...faultFigures(run),
    lost: lostItems(facts),
    duplicated: violationsOf(judgements, 'R4'),
    outOfOrder: outOfOrder(facts),
    zombieWritesAccepted: violationsOf(judgements, 'R10'),
  };
  const losses = part.database.standby === 'async' ? lossesOf(facts, run.faults) : [];
  return {
    verdict,
    folder,
    run,
    command,
    figures,
    coverage,
    recoveries,
    losses,
    faults,
    shortfalls: short,
    judgements,
  };
}

export function writeReport(report: Report, text: string): void {
  writeFileSync(join(report.folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(report.folder, 'report.txt'), text);
}

function faultFigures({ kills, faults }: RunFacts) {
  const count = (...kinds: readonly FaultKind[]): number =>
    faults.filter(({ kind, bit }) => bit && kinds.includes(kind)).length;
  const counted = {
    postgresKills: count('postgres-kill'),
    powerCuts: count('power-cut'),
    failovers: count('failover', 'late-failover', 'split-brain', 'cancelled-wait'),
  };
  const other = faults.filter(({ bit }) => bit).length - Object.values(counted).reduce((sum, one) => sum + one, 0);
  return { kills: kills.hits, ...counted, otherFaults: other };
}

/** How many of the faults of one kind have to have bitten. */
const bitMin = 0.8;

/** Kills and faults that were not seen to do anything. */
function missed({ part, kills, faults }: RunFacts): readonly string[] {
  const hits = kills.hits === part.kills ? [] : [`${kills.hits} of ${part.kills} kills hit a replica that served`];
  const kinds = Map.groupBy(faults, ({ kind }) => kind);
  const misses = Object.entries(part.faults).flatMap(([kind, asked]) => {
    const done = kinds.get(kind as FaultKind) ?? [];
    const bit = done.filter((one) => one.bit).length;
    const remarks = [...new Set(done.flatMap(({ remark }) => remark ?? []))];
    if (bit >= Math.floor(asked * (part.rateMin > 0 ? bitMin : 0))) return [];
    return [`${bit} of ${asked} times ${kind} was seen to bite${remarks.map((remark) => `; ${remark}`).join('')}`];
  });
  return [...hits, ...misses];
}

function slowRecoveries(recoveries: readonly Recovery[], { recoveryMsMax }: Part): readonly string[] {
  return recoveries
    .filter(({ max }) => max > recoveryMsMax)
    .map(
      ({ kind, max }) => `after ${kind} it took ${max} ms to the next acknowledged batch, limit ${recoveryMsMax} ms`,
    );
}

function violationsOf(judgements: readonly Judgement[], rule: string): number {
  return judgements.find((judgement) => judgement.rule === rule)?.violations ?? 0;
}
