import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, type Judgement } from './check/check.ts';
import { type Coverage, coverageOf, type Floors, shortfalls } from './check/coverage.ts';
import { readFacts } from './history/files.ts';
import type { KillTally } from './nemesis/kills.ts';
import type { SoakOptions } from './soak-options.ts';

/** What the harness saw of a run beside its history. */
export interface RunFacts {
  readonly options: SoakOptions;
  readonly kills: KillTally;
  /** From the moment when all replicas were up again to the next acknowledged batch. */
  readonly recoveryMs: number;
  /** Replicas that ended though nobody killed them. */
  readonly crashes: readonly string[];
}

export interface Report {
  readonly verdict: 'passed' | 'failed' | 'not worth counting';
  /** Where this report is, and the history it judges. */
  readonly folder: string;
  /** Absent where a recorded run is judged again. */
  readonly run: RunFacts | undefined;
  readonly coverage: Coverage;
  readonly shortfalls: readonly string[];
  readonly judgements: readonly Judgement[];
}

/** Judges the history in a folder. */
export async function makeReport(folder: string, floors: Floors, run?: RunFacts): Promise<Report> {
  const facts = await readFacts(folder);
  const judgements = judge(facts);
  const coverage = coverageOf(facts);
  const short = [...shortfalls(coverage, floors), ...(run === undefined ? [] : missedKills(run))];
  const failed = judgements.some(({ violations }) => violations > 0) || (run?.crashes.length ?? 0) > 0;
  const verdict = failed ? 'failed' : short.length > 0 ? 'not worth counting' : 'passed';
  return { verdict, folder, run, coverage, shortfalls: short, judgements };
}

function missedKills({ options, kills }: RunFacts): readonly string[] {
  return kills.hits === options.kills ? [] : [`${kills.hits} of ${options.kills} kills hit a replica that served`];
}

export function writeReport(report: Report): void {
  writeFileSync(join(report.folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(report.folder, 'report.txt'), reportText(report));
}

/** A page for people. */
export function reportText({ verdict, folder, run, coverage, shortfalls: short, judgements }: Report): string {
  const lines: string[] = [];
  if (run !== undefined) {
    const { options, kills, recoveryMs, crashes } = run;
    lines.push(...entries(options));
    lines.push(
      entry('kills that hit', kills.hits),
      entry('kills amid a commit', kills.amidCommit),
      entry('recovery', `${recoveryMs} ms`),
      entry('crashes', crashes.length),
    );
    lines.push(...crashes.map((crash) => `    ${crash.trim()}`), '');
  }
  lines.push(...entries(coverage), '');
  for (const { rule, promise, violations, examples } of judgements) {
    lines.push(`${rule.padEnd(4)}${violations === 0 ? 'holds ' : `BROKEN ${violations} times: `} ${promise}`);
    lines.push(...examples.map(({ thread, what }) => `    ${thread}: ${what}`));
  }
  lines.push('', ...short, `history   ${folder}`, `verdict   ${verdict}`, '');
  return lines.join('\n');
}

function entries(numbers: object): readonly string[] {
  return Object.entries(numbers).map(([name, value]) => entry(words(name), Number(value)));
}

function entry(name: string, value: number | string): string {
  return `${name.padEnd(24)}${value}`;
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
