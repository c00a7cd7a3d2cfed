import { createServingRole, migrated, serveThreadstore } from '@threadstore/testkit';
import { treeCpuMs } from '../measuring/cpu.ts';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';

/** The service, in a process of its own. */
export interface Service extends AsyncDisposable {
  readonly endpoint: string;
  readonly database: string;
  /** A superuser's. */
  readonly databaseUrl: string;
  readonly pid: number;
  /** CPU time of its process, in milliseconds; null where that can't be told. */
  readonly cpuMs: () => number | null;
}

export interface ServiceOptions {
  /** Services of the same one share it. */
  readonly database?: string;
  /** More arguments of `threadstore serve`. */
  readonly args?: readonly string[];
}

/** Starts a service on a database of the server. */
export async function startService(
  postgres: BenchPostgres,
  { database = 'threadstore', args = [] }: ServiceOptions = {},
): Promise<Service> {
  const databaseUrl = await postgres.createDatabase(database);
  await migrated.prepare(databaseUrl);
  // As it should be deployed: a superuser would be spared the row-level security.
  const role = await createServingRole(databaseUrl);
  const server = await serveThreadstore(['--database-url', role.url, '--log-level', 'error', ...args]);
  return {
    endpoint: server.endpoint,
    database,
    databaseUrl,
    pid: server.pid,
    cpuMs: () => treeCpuMs(server.pid),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
    },
  };
}
