import { appenders } from '../contenders/appenders.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { slowSync } from '../postgres/slow-sync.ts';
import { comparison } from '../report/comparison.ts';
import type { Workload } from './workload.ts';

const syncMs = 2;

export const appendSlowDisk: Workload = {
  about: `the same where each sync of the database's log takes ${syncMs} ms longer`,
  inRounds: true,
  run: async (plan) => {
    const slow = slowSync(syncMs);
    if (typeof slow === 'string') return { rows: [], notes: [`not run: ${slow}`] };
    using shim = slow;
    await using postgres = await BenchPostgres.start(shim.env);
    await using service = await startService(postgres);
    await using field = await appenders(postgres, service);
    return { rows: comparison(await alternate(postgres, field.contenders, plan)), notes: field.notes };
  },
};
