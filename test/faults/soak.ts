// Kills, takes over and stops what it started, and judges what was stored then.
//
//   npm run soak -- --kills 100 --takeovers 1000 --seconds 300 --seed 7
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Floors } from './check/coverage.ts';
import { makeReport, type Report, reportText, writeReport } from './report.ts';
import { run } from './run.ts';
import { parseSoakArguments, type SoakCommand, type SoakOptions, usage } from './soak-options.ts';

/** What makes a run worth counting, by what was asked of it. */
function floorsOf({ kills, takeovers, freezes, seconds }: SoakOptions): Floors {
  return {
    ratePerSecond: 200,
    acknowledgedItems: 10 * (kills + takeovers),
    resendsFoundStored: Math.ceil(kills / 5),
    killsAmidCalls: Math.ceil(kills / 2),
    takeovers,
    staleAppendsRefused: takeovers,
    freezesThatBit: Math.ceil(freezes / 2),
    reads: seconds,
    patches: seconds,
    walks: seconds,
    walksAmidCreates: Math.floor(seconds / 8),
    forks: Math.floor(seconds / 4),
    forksAmidAppends: Math.floor(seconds / 8),
    deletes: Math.floor(seconds / 8),
    deletesAmidAppends: Math.floor(seconds / 20),
    forgeriesRefused: Math.floor(seconds / 4),
  };
}

async function soak(options: SoakOptions, folder: string, signal: AbortSignal): Promise<Report> {
  process.stdout.write(`seed ${options.seed}, history in ${folder}\n`);
  const facts = await run(options, folder, signal);
  const report = await makeReport(folder, floorsOf(options), facts);
  writeReport(report);
  return report;
}

function reportFolder(asked: string | undefined): string {
  if (asked === undefined) return mkdtempSync(join(tmpdir(), 'threadstore-soak-'));
  const folder = resolve(asked);
  mkdirSync(folder, { recursive: true });
  // The histories of two runs would be judged as one.
  if (readdirSync(folder).length > 0) throw new Error(`--report: ${folder} is not empty`);
  return folder;
}

/** Judges a run that was recorded before, or a new one. */
async function reportOf({ options, report: asked, check }: SoakCommand, signal: AbortSignal): Promise<Report> {
  if (check !== undefined) return makeReport(resolve(check), { acknowledgedItems: 1 });
  const folder = reportFolder(asked);
  try {
    return await soak(options, folder, signal);
  } catch (error) {
    // Nobody will look at what was broken off; what failed is kept.
    if (signal.aborted && asked === undefined) rmSync(folder, { recursive: true });
    throw error;
  }
}

async function main(): Promise<number> {
  let command: SoakCommand;
  try {
    command = parseSoakArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`soak: ${messageOf(error)}\n${usage}\n`);
    return 2;
  }
  const interrupted = new AbortController();
  // The second signal ends the process at once, and with it all that it started.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => (interrupted.signal.aborted ? process.exit(130) : interrupted.abort(new Error(name))));
  }
  try {
    const judged = await reportOf(command, interrupted.signal);
    process.stdout.write(reportText(judged));
    return judged.verdict === 'passed' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`soak: ${interrupted.signal.aborted ? 'interrupted' : messageOf(error)}\n`);
    return interrupted.signal.aborted ? 130 : 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// What was broken off may still be waiting for something.
process.exit(await main());
