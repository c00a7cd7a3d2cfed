import { writers } from '../contenders/appenders.ts';
import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { startService } from '../contenders/service.ts';
import { alternate } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { wordsWritten } from '../postgres/words-written.ts';
import { comparison } from '../report/comparison.ts';
import { cpuNote } from '../report/cpu-note.ts';
import { sessionNote } from '../session.ts';
import type { Workload } from './workload.ts';

/** Until the engine has compiled all of the client; a live thread has more to compile. */
const warmUps = 10;

export const appendLive: Workload = {
  about: `${writers} writers that append the items of sessions one at a time, by live threads and by the store's appendItems`,
  inRounds: true,
  run: async (plan) => {
    await using postgres = await BenchPostgres.start();
    await using field = new Field();
    const ours = 'LiveThread.append';
    await using live = await startService(postgres, { database: 'live' });
    await using plain = await startService(postgres, { database: 'plain' });
    const target = { workers: writers, sessions: true };
    const of = ({ database, endpoint, cpuMs }: typeof live) => ({
      database,
      target: { ...target, place: endpoint },
      serverCpuMs: cpuMs,
      leave: () => wordsWritten(postgres, database),
    });
    await field.add(loadContender({ name: ours, load: 'live-appends', ...of(live) }));
    await field.add(loadContender({ name: 'appendItems', rivalOf: ours, load: 'threadstore-appends', ...of(plain) }));
    const results = await alternate(postgres, field.contenders, { ...plan, warmUps });
    const keeps = 'The policy keeps all of these items; the metadata that follows from them goes with them.';
    return {
      rows: comparison(results, { ratioHead: 'live is' }),
      notes: [sessionNote, keeps, ...cpuNote('by a live thread, against appendItems', results)],
    };
  },
};
