import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { itemsTable } from '../postgres/items-table.ts';
import { comparison } from '../report/comparison.ts';
import { rivalsProblem } from '../rivals.ts';
import type { Workload } from './workload.ts';

/** Batches under way: what the client keeps unanswered anyway. */
const ahead = 16;

export const appendBatches: Workload = {
  about: `one writer that appends batches of 500 items of 800 bytes, ${ahead} of them under way, against one COPY of the same rows`,
  inRounds: true,
  run: async (plan) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    await using field = new Field();
    await field.add(
      loadContender({
        name: 'threadstore',
        database: service.database,
        load: 'threadstore-batches',
        target: { place: service.endpoint, workers: ahead },
        serverCpuMs: service.cpuMs,
      }),
    );
    await field.addRival('COPY', async () => {
      const problem = rivalsProblem();
      if (problem !== null) return problem;
      const place = await postgres.createDatabase('copy');
      await postgres.run('copy', itemsTable);
      const target = { place };
      return loadContender({ name: 'COPY', rivalOf: 'threadstore', database: 'copy', load: 'postgres-copy', target });
    });
    return { rows: comparison(await alternate(postgres, field.contenders, plan)), notes: field.notes };
  },
};
