import { freePort } from '@threadstore/testkit';
import { startService } from '../contenders/service.ts';
import { OpenLoop, type OpenLoopRound } from '../load/open-loop.ts';
import { forgetPeakOf, memoryOf } from '../measuring/memory-of.ts';
import { refusalsOf } from '../measuring/refusals.ts';
import { quantile } from '../measuring/statistics.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { figure } from '../report/report.ts';
import type { Workload } from './workload.ts';

const parts = [0.5, 1, 2, 4, 10];
const connections = 20;
/** Seconds, as the metrics have them. */
const refusedWithin = '0.05';
/** What the service is capable of is measured with so many appends under way. */
const underWay = 256;

export const overload: Workload = {
  about: `appends of one item by unary calls, sent when they are due: from ${parts[0] ?? 0} to ${parts.at(-1) ?? 0} times what the service is capable of`,
  inRounds: false,
  run: async ({ seconds }) => {
    await using postgres = await BenchPostgres.start();
    const metrics = `127.0.0.1:${await freePort()}`;
    await using service = await startService(postgres, { args: ['--metrics-listen', metrics] });
    using loop = await OpenLoop.start(service.endpoint, connections);
    await loop.closed(underWay, 1);
    await forgetPeakOf(service.pid);
    const capacity = await loop.closed(underWay, seconds);
    const rounds: Round[] = [];
    for (const waits of [true, false]) {
      for (const part of parts) {
        rounds.push({ part, waits, result: await loop.open(part * capacity, seconds, { waits }) });
      }
    }
    const best = Math.max(...rounds.map(goodput));
    const most = rounds.filter(({ part }) => part === parts.at(-1));
    const refusals = await refusalsOf(metrics, refusedWithin);
    const { peakMiB } = await memoryOf(service.pid);
    return {
      rows: [
        ['of capacity', 'refused', 'due/s', 'sent/s', 'stored/s', 'refused/s', 'other', 'p99 ms: stored', 'refused'],
        ...rounds.map(row),
      ],
      notes: [
        `Capacity, with ${underWay} appends under way: ${figure(capacity)} items/s.`,
        ...most.map((round) => `Stored ${nameOf(round)}, against the best: ${figure(goodput(round) / best)}x.`),
        `Refused within 50 ms by the service, from when it began the call: ${((100 * refusals.within) / refusals.all).toFixed(2)} %. The rest of what callers wait is the way there and back, and the turn of their process.`,
        `Acknowledged items that were not there afterwards: ${await loop.lost(service.endpoint)}.`,
        ...new Set(rounds.flatMap(({ result: { others } }) => others.map((other) => `Another answer: ${other}.`))),
        `Memory of the service at its peak: ${figure(peakMiB)} MiB.`,
      ],
    };
  },
};

interface Round {
  readonly part: number;
  /** Whether those who are refused wait as they are told. */
  readonly waits: boolean;
  readonly result: OpenLoopRound;
}

function goodput({ result: { stored, seconds } }: Round): number {
  return stored.length / seconds;
}

function nameOf({ part, waits }: Round): string {
  return `at ${part} times the capacity, ${waits ? 'by callers that wait as they are told' : 'by callers that come again at once'}`;
}

function row({ part, waits, result }: Round): readonly string[] {
  const { seconds, due, sent, stored, refused, others } = result;
  const p99 = (ms: readonly number[]): string => (ms.length === 0 ? '' : figure(quantile(ms, 0.99)));
  const rates = [due, sent, stored.length, refused.length].map((count) => figure(count / seconds));
  return [`${part}x`, waits ? 'wait' : 'come again', ...rates, String(others.length), p99(stored), p99(refused)];
}
