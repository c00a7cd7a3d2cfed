// Makes calls as Codex does, each over a connection of its own, and fails on the first that fails or when the service grows.
//
//   npm run soak:codex -- --seconds 60 --rate 500
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startNativePostgres } from '@threadstore/testkit';
import { serveForCodex } from './serving.ts';
import { runSessions } from './sessions.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '500' } },
});
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
/** How much larger the service may be in the last three tenths of the time than in those before the middle, as a part of it. */
const growthMax = 0.1;

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1_024;
}

/** Seconds of the processors that a process has used. */
function cpuSeconds(pid: number): number {
  const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, ') ')
    .split(' ');
  return (Number(user) + Number(system)) / 100;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

async function soak(): Promise<boolean> {
  const postgres = await startNativePostgres();
  try {
    const database = ['--database-url', postgres.url, '--migrate'];
    await using serving = await serveForCodex([...database, '--log-level', 'warn']);
    const memory: number[] = [];
    const measuring = setInterval(() => memory.push(residentMiB(serving.pid)), 250);
    const [startedAt, cpuBefore] = [performance.now(), cpuSeconds(serving.pid)];
    const load = { endpoints: [serving.codexEndpoint], callsPerSecond: rate, calls: seconds * rate, sessions: rate };
    const { calls, failures, took, late } = await runSessions(load);
    clearInterval(measuring);
    const tookSeconds = (performance.now() - startedAt) / 1_000;
    const cpuMs = ((cpuSeconds(serving.pid) - cpuBefore) * 1_000) / calls;
    const sorted = took.toSorted((a, b) => a - b);
    const quantile = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(1);
    const tenths = Array.from({ length: 10 }, (_, n) =>
      mean(memory.slice(Math.floor((n * memory.length) / 10), Math.floor(((n + 1) * memory.length) / 10))),
    );
    const [before, after] = [mean(tenths.slice(3, 6)), mean(tenths.slice(7))];
    process.stdout.write(
      `${calls} connections in ${tookSeconds.toFixed(1)} s (${(calls / tookSeconds).toFixed(0)} a second, ${late} late), ` +
        `failures ${JSON.stringify(failures)}\n` +
        `a call took ${quantile(0.5)} ms (median), ${quantile(0.99)} ms (99 of 100), ${quantile(0.9999)} ms (9,999 of 10,000), and ${cpuMs.toFixed(2)} ms of a processor in the service\n` +
        `memory by tenths of the time: ${tenths.map((mib) => mib.toFixed(0)).join(' ')} MiB\n`,
    );
    return Object.keys(failures).length === 0 && after <= before * (1 + growthMax);
  } finally {
    await postgres.stop();
  }
}

if (!(await soak())) process.exitCode = 1;
