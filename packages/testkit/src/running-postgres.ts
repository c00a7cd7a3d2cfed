import { Client } from 'pg';

/** A Postgres server that tests may make databases on. */
export interface RunningPostgres {
  /** Connects a superuser to a database that is not for tests. */
  readonly url: string;
  readonly source: 'external' | 'container' | 'native';
  /** Ends what was started and removes what was made, on disk and on the server. Safe to call again. */
  stop(): Promise<void>;
}

/** Runs the work on a connection of its own, which is closed when the work is done. Rejects as the work does. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'threadstore-testkit',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks rejects the query under way; between queries there is nobody to tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server and user, and another database. */
export function urlOfDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

/** One line that says what went wrong. */
export function reasonOf(error: unknown): string {
  // Of several addresses of one host that all refused, Node's error says nothing and its parts say it all.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n')[0] ?? '';
}
