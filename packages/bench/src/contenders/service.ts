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
  /** Whether it serves as a superuser, whom the row-level security spares. Default false, as it should be deployed. */
  readonly superuser?: boolean;
  /** Whether it logs as by default, a line for each call, which is not kept. Default false: errors alone. */
  readonly logs?: boolean;
}

/** Starts a service on a database of the server. */
export async function startService(
  postgres: BenchPostgres,
  { database = 'threadstore', args = [], superuser = false, logs = false }: ServiceOptions = {},
): Promise<Service> {
  const databaseUrl = await postgres.createDatabase(database);
  await migrated.prepare(databaseUrl);
  const { url } = superuser ? { url: databaseUrl } : await createServingRole(databaseUrl);
  const quiet = logs ? [] : ['--log-level', 'error'];
  const server = await serveThreadstore(
    ['--database-url', url, ...quiet, ...args],
    logs ? { onStderr: () => undefined } : {},
  );
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
