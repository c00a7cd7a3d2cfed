import { Client, escapeIdentifier } from 'pg';
import { runOfDatabase } from './database-names.ts';
import { reasonOf, type RunningPostgres } from './running-postgres.ts';

/** How a run that lives shows on the server: a connection that stands until its end, however that comes. */
const presence = 'threadstore-test-run-';

/**
 * Uses a server that somebody else runs. Its user is a superuser; when the run stops, those of the run are dropped. Those
 * that killed runs left are dropped at once.
 */
export async function useExternalPostgres(url: string, run: string): Promise<RunningPostgres> {
  const client = new Client({
    connectionString: url,
    application_name: presence + run,
    connectionTimeoutMillis: 10_000,
  });
  // A fault test may take the server down: later queries tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const role = await client.query<{ able: boolean }>(
      'select rolsuper as able from pg_roles where rolname = current_user',
    );
    // Tests make databases and roles, and look past row-level security.
    if (role.rows[0]?.able !== true) throw new Error('its user is no superuser');
    await dropDatabasesOfDeadRuns(client);
  } catch (error) {
    await client.end();
    throw new Error(`THREADSTORE_TEST_DATABASE_URL: ${reasonOf(error)}`, { cause: error });
  }
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    try {
      await dropDatabases(client, (owner) => owner === run);
    } finally {
      await client.end();
    }
  };
  return { url, source: 'external', stop: async () => (stopped ??= stop()) };
}

async function dropDatabasesOfDeadRuns(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select application_name as name from pg_stat_activity where starts_with(application_name, $1)',
    [presence],
  );
  const live = new Set(rows.map(({ name }) => name.slice(presence.length)));
  await dropDatabases(client, (owner) => !live.has(owner));
}

async function dropDatabases(client: Client, ofRun: (run: string) => boolean): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select datname as name from pg_database');
  for (const { name } of rows) {
    const owner = runOfDatabase(name);
    if (owner === undefined || !ofRun(owner)) continue;
    // Two runs that start at once may both see the leftovers of a third.
    await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
  }
}
