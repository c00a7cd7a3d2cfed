import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { item } from '../item.ts';
import { endedChildrenCpuMs } from '../measuring/cpu.ts';
import { quantile } from '../measuring/statistics.ts';
import type { Timing } from '../measuring/timing.ts';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';
import { connections, itemsTable } from '../postgres/items-table.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Contender } from './contender.ts';

/** A client appends to a thread of its own, from the ordinal that is given. */
const script = `\\set ordinal :ordinal + 1
insert into items (tenant, thread_id, ordinal, body) values ('default', md5(:client_id::text)::uuid, :ordinal, :body);
`;
const ordinalsPerRound = 1_000_000_000;
const args = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '2'];
const database = 'pgbench';

/** Postgres' own benchmark, inserting one prepared row at a time. Resolves with the line of why not where it can't be run. */
export async function pgbench(postgres: BenchPostgres, rivalOf: string): Promise<Contender | string> {
  if (spawnSync('pgbench', ['--version']).error !== undefined) return 'no pgbench on PATH';
  const url = await postgres.createDatabase(database);
  await postgres.run(database, itemsTable);
  const folder = temporaryFolder();
  await writeFile(join(folder.path, 'script.sql'), script);
  let ordinal = 0;
  return {
    name: `pgbench ${args.slice(1).join(' ')}`,
    database,
    rivalOf,
    round: async (seconds) => {
      ordinal += ordinalsPerRound;
      return runPgbench({ url, folder: folder.path, seconds, ordinal });
    },
    cpuMs: () => ({ client: endedChildrenCpuMs(), server: null }),
    [Symbol.asyncDispose]: () => {
      folder[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

interface PgbenchRun {
  readonly url: string;
  readonly folder: string;
  readonly seconds: number;
  readonly ordinal: number;
}

async function runPgbench({ url, folder, seconds, ordinal }: PgbenchRun): Promise<Timing> {
  const duration = ['-T', String(Math.max(1, Math.round(seconds)))];
  const variables = ['-D', `ordinal=${ordinal}`, '-D', `body=${item}`];
  const log = ['--log', '--log-prefix=latencies', '--sampling-rate=0.1'];
  const child = spawn('pgbench', [...args, ...duration, ...variables, ...log, '-f', 'script.sql', url], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`pgbench: exit code ${code}: ${complaint}`);
  return { ...timingOf(output), ...(await latencies(folder)) };
}

/** What pgbench's summary tells. */
export function timingOf(summary: string): { items: number; seconds: number } {
  const count = Number(/^number of transactions actually processed: (\d+)/m.exec(summary)?.[1]);
  const rate = Number(/^tps = ([\d.]+) \(without initial connection time\)/m.exec(summary)?.[1]);
  if (!(count > 0 && rate > 0)) throw new Error(`pgbench: its summary is not understood: ${summary}`);
  return { items: count, seconds: count / rate };
}

/** Takes up the logs of a run: a line for each transaction, with its microseconds third. */
async function latencies(folder: string): Promise<{ p50Ms: number; p99Ms: number }> {
  const figures: number[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith('latencies.')) continue;
    const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    for (const line of lines) figures.push(Number(line.split(' ')[2]) / 1_000);
    await rm(join(folder, name));
  }
  return { p50Ms: quantile(figures, 0.5), p99Ms: quantile(figures, 0.99) };
}
