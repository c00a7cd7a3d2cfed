import { startService } from '../contenders/service.ts';
import { OpenLoop, type OpenLoopRound } from '../load/open-loop.ts';
import { forgetPeakOf, memoryOf } from '../measuring/memory-of.ts';
import { quantile } from '../measuring/statistics.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { figure } from '../report/report.ts';
import type { Workload } from './workload.ts';

const parts = [0.5, 1, 2, 4, 10];
const connections = 20;
/** What the service is capable of is measured with so many appends under way. */
const underWay = 256;

export const overload: Workload = {
  about: `appends of one item by unary calls, sent when they are due: from ${parts[0] ?? 0} to ${parts.at(-1) ?? 0} times what the service is capable of`,
  inRounds: false,
  run: async ({ seconds }) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    using loop = await OpenLoop.start(service.endpoint, connections);
    await loop.closed(underWay, 1);
    await forgetPeakOf(service.pid);
    const capacity = await loop.closed(underWay, seconds);
    const rounds: (readonly [number, OpenLoopRound])[] = [];
    for (const part of parts) rounds.push([part, await loop.open(part * capacity, seconds)]);
    const goodputs = rounds.map(([, { stored, seconds: took }]) => stored.length / took);
    const last = goodputs.at(-1) ?? 0;
    const { peakMiB } = await memoryOf(service.pid);
    return {
      rows: [
        ['of capacity', 'due/s', 'sent/s', 'stored/s', 'refused/s', 'other', 'p99 ms: stored', 'refused'],
        ...rounds.map(([part, round]) => row(part, round)),
      ],
      notes: [
        `Capacity, with ${underWay} appends under way: ${figure(capacity)} items/s.`,
        `Stored at ${parts.at(-1) ?? 0} times the capacity, against the best: ${figure(last / Math.max(...goodputs))}x.`,
        `Acknowledged items that were not there afterwards: ${await loop.lost(service.endpoint)}.`,
        ...new Set(rounds.flatMap(([, { others }]) => others.map((other) => `Another answer: ${other}.`))),
        `Memory of the service at its peak: ${figure(peakMiB)} MiB.`,
      ],
    };
  },
};

function row(part: number, { seconds, due, sent, stored, refused, others }: OpenLoopRound): readonly string[] {
  const p99 = (ms: readonly number[]): string => (ms.length === 0 ? '' : figure(quantile(ms, 0.99)));
  const rates = [due, sent, stored.length, refused.length].map((count) => figure(count / seconds));
  return [`${part}x`, ...rates, String(others.length), p99(stored), p99(refused)];
}
