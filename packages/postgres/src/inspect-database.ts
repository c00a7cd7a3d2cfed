import { DatabaseFailure, type Database } from './database.ts';
import { flag, integer, text } from './row.ts';
import { storeError } from './sqlstate.ts';

/** What can be told of a database without its schema. */
export interface DatabaseFacts {
  /** As Postgres counts: 150004. */
  readonly version: number;
  /** How far the server's clock is ahead of this machine's, in milliseconds, give or take half a round trip. */
  readonly clockAheadMs: number;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  /** Connections that are left for others than superusers when nobody is connected, and how many are in use. */
  readonly connectionsMax: number;
  readonly connectionsUsed: number;
  /** Settings by which the server's log gets what statements carry. */
  readonly logSettings: Readonly<Record<LogSetting, string>>;
}

/** What can be told of the tables of a database. */
export interface SchemaFacts {
  /** Tables that this user may not read and write as a service has to. */
  readonly closedTables: readonly string[];
  /** Whether this user sees the rows of all tenants; the counts below are null if not. */
  readonly seesAll: boolean;
  /** Threads whose leases have run out without having been released, at most 1,000 of them. */
  readonly lapsedLeases: number | null;
  /** Threads with messages that no search finds by its index yet, at most 1,000 of them. */
  readonly threadsBehind: number | null;
}

const logSettings = [
  'log_statement',
  'log_min_duration_statement',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'log_min_error_statement',
  'log_error_verbosity',
] as const;
type LogSetting = (typeof logSettings)[number];

const factsStatement = `
  select current_setting('server_version_num') as version,
    (extract(epoch from clock_timestamp()) * 1000)::bigint as clock,
    rolsuper, rolbypassrls,
    (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int) as connections,
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,
    ${logSettings.map((name) => `current_setting('${name}') as ${name}`).join(', ')}
  from pg_roles where rolname = current_user`;

const schemaStatement = `
  select not row_security_active('threadstore.threads') as sees_all,
    array_to_string(array(
      select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'threadstore' and relkind in ('r', 'p') and not (
        has_table_privilege(pg_class.oid, 'select') and (relname = 'migrations' or (
          has_table_privilege(pg_class.oid, 'insert') and has_table_privilege(pg_class.oid, 'update')
          and has_table_privilege(pg_class.oid, 'delete'))))
      order by relname), ',') as closed`;

const countsStatement = `
  select
    (select count(*) from (select from threadstore.threads where lease_until < now() limit 1000) as t) as lapsed,
    (select count(*) from (select from threadstore.messages_behind limit 1000) as t) as behind`;

/**
 * What a database says of itself. Changes nothing.
 *
 * Errors: `unavailable` when the database can't be reached.
 */
export async function inspectDatabase(database: Database): Promise<DatabaseFacts> {
  return told(async () => {
    // The first statement connects.
    await database.query('select 1 as one');
    const sentAt = Date.now();
    const [row = {}] = await database.query(factsStatement);
    const middle = (sentAt + Date.now()) / 2;
    return {
      version: Number(text(row, 'version')),
      clockAheadMs: Math.round(Number(integer(row, 'clock')) - middle),
      isSuperuser: flag(row, 'rolsuper'),
      bypassesRowSecurity: flag(row, 'rolbypassrls'),
      connectionsMax: Number(integer(row, 'connections')),
      connectionsUsed: Number(integer(row, 'used')),
      logSettings: Object.fromEntries(logSettings.map((name) => [name, text(row, name)])) as Record<LogSetting, string>,
    };
  });
}

/**
 * What the tables say, where the schema is there and fits. Changes nothing.
 *
 * Errors: `unavailable` when the database can't be reached, or the schema is not there.
 */
export async function inspectSchema(database: Database): Promise<SchemaFacts> {
  return told(async () => {
    const [row = {}] = await database.query(schemaStatement);
    const closedTables = text(row, 'closed').split(',').filter(Boolean);
    const seesAll = flag(row, 'sees_all');
    if (!seesAll || closedTables.length > 0) return { closedTables, seesAll, lapsedLeases: null, threadsBehind: null };
    const [counts = {}] = await database.query(countsStatement);
    const [lapsedLeases, threadsBehind] = ['lapsed', 'behind'].map((name) => Number(integer(counts, name)));
    return { closedTables, seesAll, lapsedLeases: lapsedLeases ?? null, threadsBehind: threadsBehind ?? null };
  });
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, 'read') : error;
  }
}
