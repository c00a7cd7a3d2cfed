import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { fillThread } from '../contenders/fill.ts';
import { startService } from '../contenders/service.ts';
import { itemBytes } from '../item.ts';
import { alternate, type Result, type RoundPlan } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { comparison } from '../report/comparison.ts';
import type { Workload } from './workload.ts';

const longItems = 1_000_000;
const tailItems = 20;

export const longThread: Workload = {
  about: `appends to a thread of ${longItems.toLocaleString('en')} items and reads of its last ${tailItems}, by one client, against a new thread`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    const { database, endpoint } = service;
    const count = Math.max(tailItems, Math.round(longItems * scale));
    await postgres.settle(database);
    const bytesBefore = await postgres.diskBytes(database);
    const threads = [
      { name: 'long', threadId: await fillThread(endpoint, count), count },
      { name: 'new', threadId: await fillThread(endpoint, tailItems), count: tailItems },
    ];
    await postgres.settle(database);
    const bytes = ((await postgres.diskBytes(database)) - bytesBefore) / count;
    const tails = await measure('tails', { postgres, service, threads, plan });
    const appends = await measure('appends', { postgres, service, threads, plan });
    return {
      rows: comparison([...appends, ...tails], { ratioHead: 'the long one is', writes: false }),
      notes: [
        `The long thread had ${count.toLocaleString('en')} items, the new one ${tailItems}.`,
        `On disk, an item took ${(bytes / itemBytes).toFixed(2)} times the bytes of its text.`,
      ],
    };
  },
};

interface Measurement {
  readonly postgres: BenchPostgres;
  readonly service: Awaited<ReturnType<typeof startService>>;
  readonly threads: readonly { readonly name: string; readonly threadId: string; readonly count: number }[];
  readonly plan: RoundPlan;
}

async function measure(
  what: 'tails' | 'appends',
  { postgres, service, threads, plan }: Measurement,
): Promise<readonly Result[]> {
  await using field = new Field();
  for (const { name, threadId, count } of threads) {
    const target = { place: service.endpoint, threadId };
    await field.add(
      loadContender({
        name: `${what}: ${name} thread`,
        ...(name === 'new' ? { rivalOf: `${what}: long thread` } : {}),
        database: service.database,
        load: what === 'tails' ? 'threadstore-reads' : 'threadstore-appends',
        target: what === 'tails' ? { ...target, fromOrdinal: count - tailItems } : target,
        serverCpuMs: service.cpuMs,
      }),
    );
  }
  // Awaited here: the field is gone after the return.
  return await alternate(postgres, field.contenders, plan);
}
