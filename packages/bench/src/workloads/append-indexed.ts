import { writers } from '../contenders/appenders.ts';
import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { wordsWritten } from '../postgres/words-written.ts';
import { comparison } from '../report/comparison.ts';
import { sessionNote } from '../session.ts';
import type { Workload } from './workload.ts';

export const appendIndexed: Workload = {
  about: `${writers} writers that append the items of sessions one at a time, with turns and messages indexed in the append and without`,
  inRounds: true,
  run: async (plan) => {
    await using postgres = await BenchPostgres.start();
    await using indexing = await startService(postgres, { database: 'indexing' });
    await using plain = await startService(postgres, { database: 'plain', args: ['--no-index-on-append'] });
    await using field = new Field();
    const ours = 'indexed in the append';
    for (const { name, service } of [
      { name: ours, service: indexing },
      { name: 'not indexed', service: plain },
    ]) {
      const { database, endpoint, cpuMs } = service;
      const target = { place: endpoint, workers: writers, sessions: true };
      await field.add(
        loadContender({
          name,
          ...(name === ours ? {} : { rivalOf: ours }),
          database,
          load: 'threadstore-appends',
          target,
          serverCpuMs: cpuMs,
          leave: () => wordsWritten(postgres, database),
        }),
      );
    }
    const results = await alternate(postgres, field.contenders, plan);
    return { rows: comparison(results, { ratioHead: 'indexing is' }), notes: [sessionNote] };
  },
};
