import { cpus } from 'node:os';
import { BenchPostgres } from './postgres/bench-postgres.ts';

/** What results depend on, and nothing that tells whose machine it was. */
export async function machine(): Promise<string> {
  await using postgres = await BenchPostgres.start();
  const date = new Date().toISOString().slice(0, 10);
  const cores = cpus().length;
  const version = await postgres.version();
  return `${cores} cores, PostgreSQL ${version}, Node ${process.versions.node}, ${process.platform}, ${date}`;
}
