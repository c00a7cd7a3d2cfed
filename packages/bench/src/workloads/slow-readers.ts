import { writers } from '../contenders/appenders.ts';
import { type Contender, loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { fillThread } from '../contenders/fill.ts';
import { type Service, startService } from '../contenders/service.ts';
import { itemBytes } from '../item.ts';
import { LoadProcess } from '../load/load-process.ts';
import { forgetPeakOf, memoryOf } from '../measuring/memory-of.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { comparison } from '../report/comparison.ts';
import type { Workload } from './workload.ts';

const readers = 200;
const historyBytes = 100_000_000;
/** Half of it is more than a reader takes and than fits between a reader and the service. */
const historyBytesMin = 16_000_000;

export const slowReaders: Workload = {
  about: `${writers} writers as in append, alone and beside ${readers} readers that stopped in the middle of a history of ${historyBytes / 1_000_000} MB`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    const count = Math.round(Math.max(historyBytes * scale, historyBytesMin) / itemBytes);
    const history = { threadId: await filled(postgres, count), fromOrdinal: Math.floor(count / 2) };
    await using service = await startService(postgres);
    await using field = new Field();
    const [alone, beside] = ['writers alone', `beside ${readers} stopped readers`] as const;
    const peaks = new Map<string, number>();
    const rounds = { service, peaks };
    await field.add(watched(rounds, { name: alone, rivalOf: beside }));
    await field.add(watched(rounds, { name: beside, open: () => openReaders(service, history) }));
    const results = await alternate(postgres, field.contenders, plan);
    const mebibytes = (name: string): string => (peaks.get(name) ?? Number.NaN).toFixed(0);
    return {
      rows: comparison(results, { ratioHead: 'beside readers it is', writes: false }),
      notes: [
        `Memory of the service at its peak: ${mebibytes(alone)} MiB before any reader came, ${mebibytes(beside)} MiB beside the readers.`,
      ],
    };
  },
};

/** Makes a thread through a service of its own: what filling leaves in its memory is no matter of the measurement. */
async function filled(postgres: BenchPostgres, count: number): Promise<string> {
  await using service = await startService(postgres);
  return await fillThread(service.endpoint, count);
}

function openReaders(
  { endpoint }: Service,
  history: { readonly threadId: string; readonly fromOrdinal: number },
): Promise<LoadProcess> {
  return LoadProcess.start('stopped-readers', { place: endpoint, workers: readers, ...history });
}

interface Watch {
  readonly service: Service;
  /** Where the service's memory at its peak goes to, in MiB, by the name of the contender. */
  readonly peaks: Map<string, number>;
}

interface Watched {
  readonly name: string;
  readonly rivalOf?: string;
  /** Opens what stands beside the writers during a round. */
  readonly open?: () => Promise<AsyncDisposable>;
}

function watched({ service, peaks }: Watch, { open, ...names }: Watched): Promise<Contender> {
  let opened: AsyncDisposable | undefined;
  return loadContender({
    ...names,
    database: service.database,
    load: 'threadstore-appends',
    target: { place: service.endpoint, workers: writers },
    serverCpuMs: service.cpuMs,
    enter: async () => {
      await forgetPeakOf(service.pid);
      opened = await open?.();
    },
    leave: async () => {
      const { peakMiB } = await memoryOf(service.pid);
      const before = peaks.get(names.name);
      // What the readers took may stay with the process: how it was without them is told by the first round, before they came.
      if (before === undefined || open !== undefined) peaks.set(names.name, Math.max(peakMiB, before ?? 0));
      await opened?.[Symbol.asyncDispose]();
    },
  });
}
