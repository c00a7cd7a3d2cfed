import { addLibraries, appenders, writers } from '../contenders/appenders.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { comparison } from '../report/comparison.ts';
import type { Workload } from './workload.ts';

export const append: Workload = {
  about: `${writers} threads with a writer each, which appends an item of 800 bytes and waits until it is stored`,
  inRounds: true,
  run: async (plan) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    await using field = await appenders(postgres, service);
    await addLibraries(field, postgres);
    return { rows: comparison(await alternate(postgres, field.contenders, plan)), notes: field.notes };
  },
};
