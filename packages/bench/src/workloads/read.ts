import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { fillThread } from '../contenders/fill.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { comparison } from '../report/comparison.ts';
import type { Workload } from './workload.ts';

const threadItems = 5_000;

export const read: Workload = {
  about: `one reader of a thread of ${threadItems.toLocaleString('en')} items of 800 bytes, against a SELECT of the same rows by node-postgres in the reader's process`,
  inRounds: true,
  run: async (plan) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    const { endpoint, database, databaseUrl, cpuMs } = service;
    const threadId = await fillThread(endpoint, threadItems);
    await using field = new Field();
    for (const parse of [true, false]) {
      const as = parse ? 'parsed' : 'as text';
      const name = `threadstore, ${as}`;
      const ours = { place: endpoint, threadId, parse };
      const theirs = { ...ours, place: databaseUrl };
      await field.add(loadContender({ name, database, load: 'threadstore-reads', target: ours, serverCpuMs: cpuMs }));
      await field.add(
        loadContender({
          name: `node-postgres, ${as}`,
          rivalOf: name,
          database,
          load: 'postgres-reads',
          target: theirs,
        }),
      );
    }
    const rows = comparison(await alternate(postgres, field.contenders, plan), { writes: false });
    return { rows, notes: ['The latency is that of the whole thread.'] };
  },
};
