import { ThreadStoreError } from '@threadstore/core';
import { raceAbort, throwIfAborted } from '@threadstore/core/internal';
import { DatabaseFailure, type Database, type Row, type RunQuery } from './database.ts';
import { migrations as known, type Migration } from './gen/migrations.ts';
import { flag, integer, text } from './row.ts';
import { storeError } from './sqlstate.ts';
import { isWallUp, raiseWall, wallMigration } from './tenant-wall.ts';

/** Any number, as long as nobody else locks it in the same database. */
const lockNumber = '7305815742291683154';
/** An index on a large table takes minutes. */
const statementTimeoutMs = 30 * 60_000;

export interface MigrateOptions {
  /** Ends the wait. Migrations under way are committed or undone all the same, together. */
  readonly signal?: AbortSignal;
}

export interface MigrateResult {
  /** The schema's version before: 0 where there was none. */
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the database's schema `threadstore` up to what this version needs: all migrations that are missing, in one transaction.
 * Callers that race wait for one another, and the later ones find nothing to do. A schema that is newer and still fits is left as
 * it is. A schema made from nothing has tenants enforced, see `enforceTenants`. Retry: safe.
 *
 * Errors: `unavailable` when the schema is newer and does not fit this version, the database is not in UTF-8, the user lacks a
 * privilege, or the database can't be reached.
 */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<MigrateResult> {
  return migrateTo(database, known, options);
}

/** {@link migrate} to the end of any list of migrations. */
export async function migrateTo(
  database: Database,
  migrations: readonly Migration[],
  { signal }: MigrateOptions = {},
): Promise<MigrateResult> {
  throwIfAborted(signal);
  const work = database.transaction(
    async (session) => {
      const { query, script } = session;
      await checkEncoding(query);
      // Whoever comes second waits as long as it takes, and then reads what the first has committed.
      await script(`set local lock_timeout = ${statementTimeoutMs}`);
      await query(`select pg_advisory_xact_lock(${lockNumber})`);
      if (!(await schemaExists(query))) await script('create schema threadstore');
      await script(`
        create table if not exists threadstore.migrations (
          number integer primary key,
          breaking boolean not null,
          applied_at timestamptz(3) not null default now()
        )`);
      const applied = await appliedMigrations(query);
      const newer = newerFault(applied, migrations);
      if (newer !== null) throw unfit(newer);
      const from = latestOf(applied);
      for (const { number, breaking, sql } of migrations) {
        if (number <= from) continue;
        await query('insert into threadstore.migrations (number, breaking) values ($1, $2)', [
          `${number}`,
          `${breaking}`,
        ]);
        await script(sql);
      }
      const to = Math.max(from, latestOf(migrations));
      // Nobody serves yet who'd be shut out. Later, what was added or let down since.
      if (to >= wallMigration && (from === 0 || (await isWallUp(query)))) await raiseWall(session);
      return { from, to };
    },
    { statementTimeoutMs },
  );
  return raceAbort(told(work, 'write'), signal, 'unknown');
}

/** The number of the newest migration that the database has, 0 for none. */
export async function schemaVersion(database: Database): Promise<number> {
  return latestOf(await told(appliedMigrations(database.query), 'read'));
}

/**
 * Resolves if this version can work with the database's schema.
 *
 * Errors: `unavailable`, saying what to do, when the schema is missing, older, or newer and marked as breaking.
 */
export async function checkSchema(database: Database): Promise<void> {
  await checkSchemaFor(database, known);
}

/** {@link checkSchema} for a version that knows these migrations. */
export async function checkSchemaFor(database: Database, migrations: readonly Migration[]): Promise<void> {
  const fault = await schemaFaultFor(database, migrations);
  if (fault !== null) throw unfit(fault);
}

/**
 * Why this version can't work with the database's schema; `null`: it can.
 *
 * Errors: `unavailable` when the database can't be reached.
 */
export async function schemaFault(database: Database): Promise<string | null> {
  return schemaFaultFor(database, known);
}

async function schemaFaultFor(database: Database, migrations: readonly Migration[]): Promise<string | null> {
  const applied = await told(appliedMigrations(database.query), 'read');
  const newer = newerFault(applied, migrations);
  if (newer !== null) return newer;
  const found = latestOf(applied);
  const needed = latestOf(migrations);
  if (found === 0) return 'there is no schema threadstore in the database, run its migrations';
  if (found >= needed) return null;
  return `the database's schema is too old, run its migrations (got ${found}, needed ${needed})`;
}

interface Applied {
  readonly number: number;
  readonly breaking: boolean;
}

async function appliedMigrations(query: RunQuery): Promise<readonly Applied[]> {
  const [exists] = await query(`select to_regclass('threadstore.migrations') is not null as exists`);
  if (exists === undefined || !flag(exists, 'exists')) return [];
  const rows = await query('select number, breaking from threadstore.migrations order by number');
  return rows.map((row: Row) => ({ number: Number(integer(row, 'number')), breaking: flag(row, 'breaking') }));
}

/** Asked first: `create schema if not exists` wants the privilege also where it exists. */
async function schemaExists(query: RunQuery): Promise<boolean> {
  const [row] = await query(`select to_regnamespace('threadstore') is not null as exists`);
  return row !== undefined && flag(row, 'exists');
}

async function checkEncoding(query: RunQuery): Promise<void> {
  const [row] = await query(`select current_setting('server_encoding') as encoding`);
  const encoding = row === undefined ? '' : text(row, 'encoding');
  if (encoding !== 'UTF8') throw unfit(`the database must be in UTF-8 (got ${encoding})`);
}

function newerFault(applied: readonly Applied[], migrations: readonly Migration[]): string | null {
  const latest = latestOf(migrations);
  const isBroken = applied.some(({ number, breaking }) => number > latest && breaking);
  if (!isBroken) return null;
  return `the database's schema is of a newer threadstore, use that one (got ${latestOf(applied)}, known ${latest})`;
}

function latestOf(migrations: readonly { readonly number: number }[]): number {
  return migrations.at(-1)?.number ?? 0;
}

function unfit(message: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'BACKEND_UNAVAILABLE', message });
}

async function told<T>(work: Promise<T>, kind: 'read' | 'write'): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, kind) : error;
  }
}
