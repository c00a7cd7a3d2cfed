import type { LoadName } from '../load/loads.ts';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';
import { itemsTable } from '../postgres/items-table.ts';
import { rivalsProblem } from '../rivals.ts';
import { type Contender, loadContender } from './contender.ts';
import { Field } from './field.ts';
import { pgbench } from './pgbench.ts';
import type { Service } from './service.ts';

export const writers = 64;
const ours = 'threadstore';

/** Ours through the wire, and two that do nothing but insert: pgbench, and node-postgres in the process of the writers. */
export async function appenders(postgres: BenchPostgres, { endpoint, cpuMs, database }: Service): Promise<Field> {
  const field = new Field();
  const target = { place: endpoint, workers: writers };
  await field.add(loadContender({ name: ours, database, load: 'threadstore-appends', target, serverCpuMs: cpuMs }));
  await field.addRival('pgbench', () => pgbench(postgres, ours));
  await field.add(
    rivalOn(postgres, { name: 'node-postgres', load: 'postgres-appends', database: 'node_postgres', table: true }),
  );
  return field;
}

/** The libraries that an agent could keep its history with. */
export async function addLibraries(field: Field, postgres: BenchPostgres): Promise<void> {
  const libraries = [
    { name: 'emmett', load: 'emmett-appends', database: 'emmett' },
    { name: 'Message DB', load: 'message-db-appends', database: 'message_db' },
    { name: 'Mastra', load: 'mastra-appends', database: 'mastra' },
  ] as const;
  for (const library of libraries) {
    await field.addRival(library.name, async () => rivalsProblem() ?? (await rivalOn(postgres, library)));
  }
}

interface Rival {
  readonly name: string;
  readonly load: LoadName;
  readonly database: string;
  readonly table?: boolean;
}

async function rivalOn(postgres: BenchPostgres, { name, load, database, table = false }: Rival): Promise<Contender> {
  const place = await postgres.createDatabase(database);
  if (table) await postgres.run(database, itemsTable);
  return loadContender({ name, database, rivalOf: ours, load, target: { place, workers: writers } });
}
