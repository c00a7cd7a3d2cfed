import { loadavg } from 'node:os';
import { writers } from '../contenders/appenders.ts';
import { loadContender } from '../contenders/contender.ts';
import { Field } from '../contenders/field.ts';
import { type ProtectedService, startBare, startProtected } from '../contenders/protection.ts';
import type { Service } from '../contenders/service.ts';
import type { LoadName } from '../load/loads.ts';
import { alternate, type Result, type RoundPlan } from '../measuring/rounds.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { wordsWritten } from '../postgres/words-written.ts';
import { comparison } from '../report/comparison.ts';
import { cpuNote } from '../report/cpu-note.ts';
import { figure } from '../report/report.ts';
import type { Workload } from './workload.ts';

const asked = 0.9;

export const protection: Workload = {
  about: `${writers} writers as in append, and ${writers} readers of threads' metadata, with all that protects the service on, and off`,
  inRounds: true,
  run: async (plan) => {
    const [load = 0] = loadavg();
    await using postgres = await BenchPostgres.start();
    await using on = await startProtected(postgres);
    await using off = await startBare(postgres);
    const services = { postgres, on, off, plan };
    const appends = await measure({ what: 'appends', load: 'threadstore-appends' }, services);
    const lookUps = await measure({ what: 'readThread', load: 'thread-look-ups' }, services);
    return {
      rows: comparison([...appends, ...lookUps], { ratioHead: 'protected is', writes: false }),
      notes: [
        `Asked is ${asked}x or more.`,
        'An item of readThread is a call.',
        ...cpuNote('of appends, protected against bare', appends),
        ...cpuNote('of readThread, protected against bare', lookUps),
        `Load average of the machine before: ${figure(load)}.`,
      ],
    };
  },
};

/** Pairs of their own: no round of another kind comes between two that are compared. */
async function measure(
  { what, load }: { readonly what: string; readonly load: LoadName },
  { postgres, on, off, plan }: Services,
): Promise<readonly Result[]> {
  await using field = new Field();
  const ours = `${what}: protected`;
  const add = ({ endpoint, database, cpuMs }: Service, name: string, token?: string): Promise<void> =>
    field.add(
      loadContender({
        name,
        ...(name === ours ? {} : { rivalOf: ours }),
        database,
        load,
        target: { place: endpoint, workers: writers, ...(token === undefined ? {} : { token }) },
        serverCpuMs: cpuMs,
        leave: () => wordsWritten(postgres, database),
      }),
    );
  await add(on, ours, on.token);
  await add(off, `${what}: bare`);
  // Awaited here: the field is gone after the return.
  return await alternate(postgres, field.contenders, plan);
}

interface Services {
  readonly postgres: BenchPostgres;
  readonly on: ProtectedService;
  readonly off: Service;
  readonly plan: RoundPlan;
}
