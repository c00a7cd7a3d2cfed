import { serveThreadstore } from '@threadstore/testkit';
import { treeCpuMs } from '../measuring/cpu.ts';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';

/** The service, in a process of its own. */
export interface Service extends AsyncDisposable {
  readonly endpoint: string;
  readonly database: string;
  readonly databaseUrl: string;
  readonly pid: number;
  /** CPU time of its process, in milliseconds; null where that can't be told. */
  readonly cpuMs: () => number | null;
}

const database = 'threadstore';

/** Starts a service on the database that all services of the server share. */
export async function startService(postgres: BenchPostgres): Promise<Service> {
  const databaseUrl = await postgres.createDatabase(database);
  const server = await serveThreadstore(['--migrate', '--database-url', databaseUrl, '--log-level', 'error']);
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
