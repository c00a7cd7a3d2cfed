// How long `codex exec` takes with its threads in a service, against its own store: a prompt that Codex goes to the model three
// times for, with two shell calls. Whole processes, one after the other, in pairs that take turns on who is first.
//
// A model that answers at once leaves Codex with little but its store to wait for; `--answer-ms` gives it the time that one takes.
//
//   npm run interop:measure -- --pairs 10 --codex 0.129.0 --answer-ms 1000
import { parseArgs } from 'node:util';
import { freePort, serveThreadstore, startNativePostgres } from '@threadstore/testkit';
import { CodexHome } from './support/codex-home.ts';
import { codexVersions, installedCodex } from './support/installed-codex.ts';
import { prompts, ScriptedModel } from './support/scripted-model.ts';

const prompt = `${prompts.run}echo dig &&& echo sow`;

interface Pair {
  readonly localMs: number;
  readonly remoteMs: number;
}

async function execMs(home: CodexHome): Promise<number> {
  const startedAt = performance.now();
  await using exec = await home.start(['exec', '--json', '--skip-git-repo-check', prompt]);
  const { code } = await exec.ended;
  const took = performance.now() - startedAt;
  if (code !== 0 || !exec.stdout().includes('"turn.completed"'))
    throw new Error(`codex exec: exit code ${code}:\n${exec.stdout()}${exec.stderr()}`);
  return took;
}

async function measurePairs(program: string, pairs: number, answerMs: number): Promise<readonly Pair[]> {
  await using postgres = await startedPostgres();
  const address = `127.0.0.1:${await freePort()}`;
  await using _service = await serveThreadstore(['--migrate', '--log-level', 'warn', '--codex-listen', address], {
    env: { DATABASE_URL: postgres.url },
  });
  await using model = await ScriptedModel.start({ answerMs });
  const local = { program, modelUrl: model.url };
  await using localHome = await CodexHome.create(local);
  await using remoteHome = await CodexHome.create({ ...local, threadStoreUrl: `http://${address}` });
  const measured: Pair[] = [];
  // The first pair makes Codex' databases and warms everything up.
  for (let number = 0; number <= pairs; number += 1) {
    const remoteFirst = number % 2 === 0 ? await execMs(remoteHome) : undefined;
    const localMs = await execMs(localHome);
    const remoteMs = remoteFirst ?? (await execMs(remoteHome));
    if (number === 0) continue;
    measured.push({ localMs, remoteMs });
    process.stdout.write(
      `pair ${number}: local ${ms(localMs)}, remote ${ms(remoteMs)}, ${ratio(remoteMs / localMs)}\n`,
    );
  }
  return measured;
}

/** With its data as safe as a server keeps them by default. */
async function startedPostgres(): Promise<AsyncDisposable & { readonly url: string }> {
  const postgres = await startNativePostgres({ durable: true });
  return { url: postgres.url, [Symbol.asyncDispose]: () => postgres.stop() };
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const ratio = (value: number): string => `ratio ${value.toFixed(3)}`;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function wholeNumber(name: 'pairs' | 'answer-ms', min: number): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < min)
    throw new Error(`--${name}: must be a whole number from ${min} (got ${values[name]})`);
  return value;
}

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10' },
    codex: { type: 'string', default: '0.129.0' },
    'answer-ms': { type: 'string', default: '0' },
  },
});
const version = codexVersions.find((known) => known === values.codex);
if (version === undefined) throw new Error(`--codex: must be one of ${codexVersions.join(', ')} (got ${values.codex})`);
const pairs = wholeNumber('pairs', 1);
const answerMs = wholeNumber('answer-ms', 0);
const installed = await installedCodex(version);
if ('program' in installed) {
  const measured = await measurePairs(installed.program, pairs, answerMs);
  const ratios = measured.map(({ localMs, remoteMs }) => remoteMs / localMs);
  const medians = [median(measured.map(({ localMs }) => localMs)), median(measured.map(({ remoteMs }) => remoteMs))];
  process.stdout.write(`median of ${pairs} pairs: ${ratio(median(ratios))}`);
  process.stdout.write(` (local ${ms(medians[0] ?? 0)}, remote ${ms(medians[1] ?? 0)})\n`);
} else process.exitCode = 1;
