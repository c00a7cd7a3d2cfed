import type * as postgres from '@threadstore/postgres';
import type { Unreadiness } from '../readiness/readiness.ts';
import { CliError, usageError } from './cli-error.ts';
import { failureText } from './failure-text.ts';
import type { operationsSettings } from './settings/operations-settings.ts';
import type { Resolved, ResolvedSettings } from './settings/setting.ts';
import type { databaseSettings, storageSettings } from './settings/settings.ts';

type StorageSettings = ResolvedSettings<typeof storageSettings> & Partial<ResolvedSettings<typeof databaseSettings>>;

export interface Storage {
  readonly database: postgres.Database;
  readonly isEmbedded: boolean;
  /** The flag or variable that chose it, for messages. */
  readonly setting: string;
  /**
   * The same database on a connection of its own, to ask how it is while all others are busy. Connects when it is asked, and gives
   * up early. `null` where there are no connections.
   */
  readonly openProbe: (() => postgres.Database) | null;
}

/** For the server to take a connection, and to answer on it. */
const probeTimeoutMs = 2_000;

/**
 * Opens the database that the settings choose: a server when there is a URL, else the embedded one. A folder given as a flag
 * counts before a URL that stands in a variable.
 */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  const { databaseUrl, dataDir, poolSize, databaseConnectTimeoutMs, databaseStatementTimeoutMs } = settings;
  const { connectPostgres, openEmbedded } = await drivers();
  if (databaseUrl.origin === 'flag' && dataDir.origin === 'flag') {
    throw usageError(`${dataDir.name}: not together with ${databaseUrl.name}`);
  }
  if (databaseUrl.value === null || (dataDir.origin === 'flag' && databaseUrl.origin !== 'flag')) {
    const database = await told(dataDir.name, openEmbedded({ dataDir: dataDir.value }));
    return { database, isEmbedded: true, setting: dataDir.name, openProbe: null };
  }
  const connectionString = databaseUrl.value;
  const database = await openServer(
    { ...databaseUrl, value: connectionString },
    {
      poolSize: poolSize.value,
      ...(databaseConnectTimeoutMs && { connectTimeoutMs: databaseConnectTimeoutMs.value }),
      ...(databaseStatementTimeoutMs && { statementTimeoutMs: databaseStatementTimeoutMs.value }),
    },
  );
  const [connectTimeoutMs, statementTimeoutMs] = [probeTimeoutMs, probeTimeoutMs];
  const openProbe = (): postgres.Database =>
    connectPostgres({ connectionString, poolSize: 1, connectTimeoutMs, statementTimeoutMs });
  return { database, isEmbedded: false, setting: databaseUrl.name, openProbe };
}

/** A server, by its URL. Connects when it is used. */
export async function openServer(
  { value, name }: Resolved<string>,
  options: Omit<postgres.ConnectPostgresOptions, 'connectionString'>,
): Promise<postgres.Database> {
  const { connectPostgres } = await drivers();
  try {
    return connectPostgres({ connectionString: value, ...options });
  } catch (error) {
    throw usageError(`${name}: ${failureText(error)}`);
  }
}

/** Brings the schema up to date. */
export async function migrateStorage({ database, setting }: Storage): Promise<postgres.MigrateResult> {
  const { migrate } = await drivers();
  return told(`${setting}: ${database.description}`, migrate(database));
}

/** Has the database hold tenants apart. */
export async function enforceTenantsIn({ database, setting }: Storage): Promise<void> {
  const { enforceTenants } = await drivers();
  await told(`${setting}: ${database.description}`, enforceTenants(database));
}

/** Lets a role serve. */
export async function grantServingIn({ database }: Storage, { name, value }: Resolved<string>): Promise<void> {
  const { grantServing } = await drivers();
  await told(`${name}: ${database.description}`, grantServing(database, value));
}

/** Makes the indexes of all threads anew, or of one; how many threads and items it went through. */
export async function reindexStorage(
  { database, setting }: Storage,
  threadId: string | null,
  signal: AbortSignal,
): Promise<{ readonly threads: number; readonly items: bigint }> {
  const { reindexThreads } = await drivers();
  const options = threadId === null ? { signal } : { threadId, signal };
  return told(`${setting}: ${database.description}`, reindexThreads(database, options));
}

/** Fences the writers of all threads; how many that were, and the epoch that they are raised to. */
export async function fenceWritersIn(
  { database, setting }: Storage,
  options: postgres.FenceOptions,
): Promise<postgres.FenceResult> {
  const { fenceWriters } = await drivers();
  return told(`${setting}: ${database.description}`, fenceWriters(database, options));
}

/** Resolves when the schema is one that this version can work with. */
export async function checkStorage({ database, setting }: Storage): Promise<void> {
  const { checkSchema } = await drivers();
  await told(`${setting}: ${database.description}`, checkSchema(database));
}

/** Why calls can't be served from it now; `null`: they can. Never rejects. */
export async function storageFault(database: postgres.Database): Promise<Unreadiness | null> {
  const { schemaFault } = await drivers();
  try {
    const fault = await schemaFault(database);
    return fault === null ? null : { reason: fault, refuses: true };
  } catch (error) {
    return { reason: failureText(error), refuses: false };
  }
}

/**
 * What in the database's own configuration lets it lose what was acknowledged, or show it to other tenants, a line each. Refuses a server that is not fit to keep
 * anything, unless the settings allow it.
 */
export async function storageRisks(
  { database, isEmbedded, setting }: Storage,
  { allowUnsafeDatabase }: Pick<ResolvedSettings<typeof operationsSettings>, 'allowUnsafeDatabase'>,
): Promise<readonly string[]> {
  if (isEmbedded)
    return [
      'the embedded database is for one machine and not safe against power cuts; for more, give a --database-url',
    ];
  const { databaseRisks, riskText, tenantWarnings } = await drivers();
  const where = `${setting}: ${database.description}`;
  const risks = await told(where, databaseRisks(database));
  const unsafe = risks.filter((risk) => risk.isUnsafe).map(riskText);
  if (unsafe.length > 0 && !allowUnsafeDatabase.value) {
    const what = unsafe.join('; ');
    throw usageError(`${where}: ${what} (to use it all the same: --allow-unsafe-database)`);
  }
  return [...risks.map(riskText), ...(await told(where, tenantWarnings(database)))];
}

/** Loaded when they are used: most commands have no database. */
function drivers(): Promise<typeof postgres> {
  return import('@threadstore/postgres');
}

/** Tells what failed, and where. The descriptions of databases and their errors hold no password. */
async function told<T>(where: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CliError(`${where}: ${failureText(error)}${causeCode(error)}`);
  }
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
}
