// Does to replicas, Postgres and the network what befalls them, under load, and judges what was stored then.
//
//   npm run nemesis -- --profile nightly --part power --seed 7
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Volume } from '@threadstore/testkit';
import { type Control, controls } from './controls.ts';
import { type NemesisCommand, parseNemesisArguments, usage } from './options.ts';
import type { Part } from './parts.ts';
import { makeReport, type Report, writeReport } from './report/report.ts';
import { reportText, summaryText } from './report/text.ts';
import { run } from './run.ts';

const command = `npm run nemesis -- ${process.argv.slice(2).join(' ')}`;

/** Why the machine can't do a part, in one line; undefined where it can. */
function obstacle({ name, database }: Part): string | undefined {
  const problem = database.volumeMiB === undefined ? undefined : Volume.problem();
  return problem === undefined
    ? undefined
    : `part ${name} was not run: no file system of its own for Postgres: ${problem}`;
}

async function runPart(part: Part, seed: number, folder: string, signal: AbortSignal): Promise<Report> {
  mkdirSync(folder, { recursive: true });
  process.stdout.write(`part ${part.name}, seed ${seed}, history in ${folder}\n`);
  await run(part, seed, folder, signal);
  return judged(folder, command.includes('--seed') ? command : `${command} --seed ${seed}`);
}

async function judged(folder: string, by: string): Promise<Report> {
  const report = await makeReport(folder, by);
  const text = reportText(report);
  writeReport(report, text);
  process.stdout.write(text);
  return report;
}

/** Where the histories go, and whether to keep what is broken off. */
function reportFolder(asked: string | undefined): string {
  if (asked === undefined) return mkdtempSync(join(tmpdir(), 'threadstore-nemesis-'));
  const folder = resolve(asked);
  mkdirSync(folder, { recursive: true });
  // The histories of two runs would be judged as one.
  if (readdirSync(folder).length > 0) throw new Error(`--report: ${folder} is not empty`);
  return folder;
}

async function runAll(parts: readonly Part[], seed: number, folder: string, signal: AbortSignal): Promise<boolean> {
  const reports: Report[] = [];
  const notRun: string[] = [];
  for (const part of parts) {
    const reason = obstacle(part);
    if (reason === undefined) reports.push(await runPart(part, seed, join(folder, part.name), signal));
    else notRun.push(reason);
  }
  if (parts.length > 1 || notRun.length > 0) process.stdout.write(summaryText(reports, notRun));
  return notRun.length === 0 && reports.every(({ verdict }) => verdict === 'passed');
}

/** Whether the set-up was caught, and by what it has to be. */
async function runControl(
  { part, caughtBy, shows }: Control,
  seed: number,
  folder: string,
  signal: AbortSignal,
): Promise<boolean> {
  const reason = obstacle(part);
  if (reason !== undefined) {
    process.stdout.write(`${reason}\n`);
    return false;
  }
  const { judgements, figures, verdict } = await runPart(part, seed, folder, signal);
  const broken = judgements.filter(({ violations }) => violations > 0).map(({ rule }) => rule);
  const isAsExpected = caughtBy === undefined ? verdict === 'passed' : broken.includes(caughtBy);
  const { acknowledgedItems, lost } = figures;
  const found = `${lost} of ${acknowledgedItems} acknowledged items lost, found by ${broken.join(', ') || 'no rule'}`;
  process.stdout.write(`control   ${shows}: ${found}: ${isAsExpected ? 'as expected' : 'NOT AS EXPECTED'}\n`);
  return isAsExpected;
}

async function obey(asked: NemesisCommand, signal: AbortSignal): Promise<boolean> {
  if (asked.do === 'check') return (await judged(resolve(asked.folder), command)).verdict === 'passed';
  const folder = reportFolder(asked.report);
  try {
    if (asked.do === 'run') return await runAll(asked.parts, asked.seed, folder, signal);
    return await runControl(controls[asked.name], asked.seed, folder, signal);
  } catch (error) {
    // Nobody will look at what was broken off; what failed is kept.
    if (signal.aborted && asked.report === undefined) rmSync(folder, { recursive: true });
    throw error;
  }
}

async function main(): Promise<number> {
  let asked: NemesisCommand;
  try {
    asked = parseNemesisArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`nemesis: ${messageOf(error)}\n${usage}\n`);
    return 2;
  }
  const interrupted = new AbortController();
  // The second signal ends the process at once, and with it all that it started.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => (interrupted.signal.aborted ? process.exit(130) : interrupted.abort(new Error(name))));
  }
  try {
    return (await obey(asked, interrupted.signal)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`nemesis: ${interrupted.signal.aborted ? 'interrupted' : messageOf(error)}\n`);
    return interrupted.signal.aborted ? 130 : 1;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${messageOf(error.cause)})`;
}

// What was broken off may still be waiting for something.
process.exit(await main());
