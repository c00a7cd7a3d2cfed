import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import { testRun } from './broker.ts';
import { scratchDatabaseName, templateDatabaseName } from './database-names.ts';
import { urlOfDatabase, withClient } from './running-postgres.ts';
import { waitFor } from './wait-for.ts';

/** What a scratch database holds from the start. It is made once in a run, and copied. */
export interface Template {
  /** Names it in this run: `[a-z0-9_]+`, at most 24 characters. */
  readonly name: string;
  /** Fills the empty database at `url`, and closes every connection that it opened there. */
  prepare(url: string): Promise<void>;
}

export interface ScratchDatabase extends AsyncDisposable {
  readonly name: string;
  /** Connects a user who owns the database and everything in it. */
  readonly url: string;
  /**
   * Removes the database. Rejects if connections to it are still open a moment later, with their application names: somebody
   * forgot to close a pool. The database is removed all the same. Safe to call again.
   */
  drop(): Promise<void>;
}

/** How long a connection that a test has closed may take to be gone on the server. */
const leakGraceMs = 2_000;

/**
 * Makes a database for the caller alone, as a copy of the template, or empty without one. Whoever makes it drops it, a test
 * file in `afterAll`; what is forgotten goes with the server at the end of the run.
 */
export async function createScratchDatabase(template?: Template): Promise<ScratchDatabase> {
  if (template !== undefined && !/^[a-z0-9_]{1,24}$/.test(template.name))
    throw new Error(`template.name: must be [a-z0-9_]{1,24} (got ${template.name})`);
  const { run, postgresUrl } = await testRun();
  const name = scratchDatabaseName(run);
  await withClient(postgresUrl, async (admin) => {
    const source = template === undefined ? 'template0' : await templateDatabase(admin, run, postgresUrl, template);
    await admin.query(`create database ${escapeIdentifier(name)} template ${escapeIdentifier(source)}`);
  });
  let dropped: Promise<void> | undefined;
  const drop = async (): Promise<void> => (dropped ??= withClient(postgresUrl, (admin) => dropDatabase(admin, name)));
  return { name, url: urlOfDatabase(postgresUrl, name), drop, [Symbol.asyncDispose]: drop };
}

/**
 * Empties every table of the database, save those named in `keep` (the one that tells the schema version). Rejects rather than
 * waits if somebody holds a lock on one for 10 seconds.
 */
export async function truncateAll(url: string, { keep = [] }: { keep?: readonly string[] } = {}): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') and tablename <> all ($1)`,
      [keep],
    );
    if (rows.length === 0) return;
    await client.query(`set lock_timeout = '10s'`);
    await unlessDeadlocked(() => client.query(`truncate ${rows.map(({ name }) => name).join(', ')} restart identity`));
  });
}

const deadlocksMax = 5;

/**
 * Truncating locks the tables one after another, and a service that is still up may be at work on some of them in the background, in
 * another order. Postgres gives one of the two up; the other is done then.
 */
async function unlessDeadlocked(work: () => Promise<unknown>): Promise<void> {
  for (let deadlocks = 0; ; deadlocks += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isDeadlock = error instanceof DatabaseError && error.code === '40P01';
      if (!isDeadlock || deadlocks === deadlocksMax) throw error;
    }
  }
}

/** The template's database. The first worker to need it makes it; others wait for that. */
async function templateDatabase(admin: Client, run: string, postgresUrl: string, template: Template): Promise<string> {
  const name = templateDatabaseName(run, template.name);
  await admin.query('select pg_advisory_lock(hashtext($1))', [name]);
  try {
    const { rows } = await admin.query('select from pg_database where datname = $1', [name]);
    if (rows.length === 0) await makeTemplate(admin, postgresUrl, name, template);
  } finally {
    await admin.query('select pg_advisory_unlock(hashtext($1))', [name]);
  }
  return name;
}

/** Until it is done the database has another name, so that one whose making failed is never taken for the template. */
async function makeTemplate(admin: Client, postgresUrl: string, name: string, template: Template): Promise<void> {
  const unfinished = `${name}_new`;
  await admin.query(`drop database if exists ${escapeIdentifier(unfinished)} with (force)`);
  await admin.query(`create database ${escapeIdentifier(unfinished)} template template0`);
  await template.prepare(urlOfDatabase(postgresUrl, unfinished));
  const leaked = await leakedConnections(admin, unfinished);
  if (leaked !== undefined) throw new Error(`template ${template.name}: prepare left connections open: ${leaked}`);
  await admin.query(`alter database ${escapeIdentifier(unfinished)} rename to ${escapeIdentifier(name)}`);
}

async function dropDatabase(admin: Client, name: string): Promise<void> {
  const leaked = await leakedConnections(admin, name);
  await admin.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
  if (leaked !== undefined) throw new Error(`scratch database: connections were left open: ${leaked}`);
}

/** The connections that stay open, by application name and number, or undefined if none does. */
async function leakedConnections(admin: Client, database: string): Promise<string | undefined> {
  let open: readonly string[] = [];
  try {
    await waitFor(
      async () => {
        const { rows } = await admin.query<{ application: string; count: number }>(
          `select application_name as application, count(*)::int as count from pg_stat_activity
           where datname = $1 and backend_type = 'client backend' group by 1 order by 1`,
          [database],
        );
        open = rows.map(({ application, count }) => `${count} of ${application || '(no application_name)'}`);
        return open.length === 0;
      },
      { timeoutMs: leakGraceMs },
    );
    return undefined;
  } catch {
    return open.join(', ');
  }
}
