import { Client, DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import {
  DatabaseFailure,
  type ConnectionCounts,
  type Database,
  type Param,
  type PreparedStatement,
  type Row,
  type RunQuery,
  type TransactionOptions,
  type TransactionSession,
} from '../database.ts';
import { isUndone } from '../sqlstate.ts';
import { pgParam } from './pg-params.ts';

export interface ConnectPostgresOptions {
  /** `postgresql://user:password@host:port/database?sslmode=…`. What it leaves out comes from the `PG…` environment variables. */
  readonly connectionString: string;
  /** Connections at most, default 10. Each runs one statement or transaction at a time; calls beyond wait for one. */
  readonly poolSize?: number;
  /** How long a call waits for a connection, new or free, in milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long the server may work on one statement, in milliseconds. Default 20,000. */
  readonly statementTimeoutMs?: number;
}

const poolSizeDefault = 10;
const connectTimeoutDefaultMs = 5_000;
const statementTimeoutDefaultMs = 20_000;
/** Locks are held for single statements: who waits longer stands behind something that hangs. */
const lockTimeoutMs = 5_000;
/** A transaction pauses for a round trip at most, unless this process froze or died. */
const idleInTransactionTimeoutMs = 10_000;
/** The server's own timeout comes first by this: its answer says that nothing was done, silence says nothing. */
const answerGraceMs = 3_000;
const idleConnectionMs = 30_000;
const keepAliveDelayMs = 30_000;

/**
 * A pool of connections to a Postgres server. Connects when it is used.
 *
 * Every wait has an end. The server's timeouts (statement, lock, idle in transaction) are asked for when a connection starts.
 * A pooler in transaction mode refuses that: connections then start without, single statements are bounded by this process,
 * which gives the connection up, and by what the role sets (`alter role … set statement_timeout`). Transactions set all three
 * for themselves, on any connection.
 */
export function connectPostgres(options: ConnectPostgresOptions): Database {
  return new PgDatabase(options);
}

class PgDatabase implements Database {
  readonly description: string;
  readonly #config: PoolConfig;
  readonly #statementTimeoutMs: number;
  #pool: Pool;
  #startsWithTimeouts = true;
  /** Whether statements may have names, by which the server keeps their plans. Not for poolers that share connections out. */
  #prepares = true;
  #closed: Promise<void> | undefined;

  constructor(options: ConnectPostgresOptions) {
    this.#statementTimeoutMs = atLeastOne(options, 'statementTimeoutMs', statementTimeoutDefaultMs);
    this.#config = {
      connectionString: options.connectionString,
      max: atLeastOne(options, 'poolSize', poolSizeDefault),
      fallback_application_name: 'threadstore',
      connectionTimeoutMillis: atLeastOne(options, 'connectTimeoutMs', connectTimeoutDefaultMs),
      idleTimeoutMillis: idleConnectionMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveDelayMs,
      types: { getTypeParser: () => asPrinted },
    };
    this.description = describe(this.#config);
    this.#pool = newPool({
      ...this.#config,
      statement_timeout: this.#statementTimeoutMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    });
  }

  readonly connections = (): ConnectionCounts => {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { idle: idleCount, used: totalCount - idleCount, waiting: waitingCount, max: options.max };
  };

  readonly query: RunQuery = async (statement, params = []) => {
    const session = await this.#checkOut();
    const { text, name } = this.#named(statement);
    try {
      return await session.use(() =>
        session.run({ text, name, params, timeoutMs: this.#statementTimeoutMs, commits: true }),
      );
    } catch (error) {
      if (name === undefined || !isNameUnknown(error)) throw error;
      this.#prepares = false;
      return this.query(text, params);
    }
  };

  async transaction<T>(
    work: (session: TransactionSession) => Promise<T>,
    { statementTimeoutMs: timeoutMs = this.#statementTimeoutMs }: TransactionOptions = {},
  ): Promise<T> {
    const session = await this.#checkOut();
    return session.use(async () => {
      const run = (text: string, params: readonly Param[] = [], commits = false): Promise<readonly Row[]> =>
        session.run({ text, name: undefined, params, timeoutMs, commits });
      try {
        await run(
          `begin isolation level read committed; set local statement_timeout = ${timeoutMs}; set local lock_timeout = ${lockTimeoutMs};
           set local idle_in_transaction_session_timeout = ${idleInTransactionTimeoutMs}`,
        );
        const result = await work({
          query: (statement, params) => run(typeof statement === 'string' ? statement : statement.text, params),
          script: async (text) => void (await run(text)),
        });
        await run('commit', [], true);
        return result;
      } catch (error) {
        await session.rollBack();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #named(statement: string | PreparedStatement): { readonly text: string; readonly name: string | undefined } {
    if (typeof statement === 'string') return { text: statement, name: undefined };
    return { text: statement.text, name: this.#prepares ? statement.name : undefined };
  }

  async #checkOut(): Promise<PgSession> {
    const pool = this.#pool;
    try {
      return new PgSession(await pool.connect());
    } catch (error) {
      if (!isStartupSettingRefused(error)) throw unreachable(error);
      // Others may have met the refusal first.
      if (pool === this.#pool) {
        if (!this.#startsWithTimeouts) throw unreachable(error);
        this.#startsWithTimeouts = false;
        this.#prepares = false;
        this.#pool = newPool(this.#config);
        // It has no connection.
        void pool.end();
      }
      return this.#checkOut();
    }
  }
}

interface Statement {
  readonly text: string;
  readonly name: string | undefined;
  readonly params: readonly Param[];
  readonly timeoutMs: number;
  /** Whether its success is the end of its transaction. */
  readonly commits: boolean;
}

/** A connection while one statement or transaction has it. */
class PgSession {
  readonly #client: PoolClient;
  #healthy = true;
  #replicationWaitCancelled = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** Does the work and gives the connection back, or ends it when what state it is in is unknown. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    const onNotice = (notice: Notice): void => {
      if (isReplicationWaitCancelled(notice)) this.#replicationWaitCancelled = true;
    };
    this.#client.on('notice', onNotice);
    try {
      return await work();
    } finally {
      this.#client.off('notice', onNotice);
      this.#client.release(!this.#healthy);
    }
  }

  async run({ text, name, params, timeoutMs, commits }: Statement): Promise<readonly Row[]> {
    try {
      // Without parameters it may be several statements, of which none has rows that matter.
      const statement = { text, name, values: params.map(pgParam), query_timeout: timeoutMs + answerGraceMs };
      const { rows, command } = await this.#client.query<Row>(statement);
      if (this.#replicationWaitCancelled) throw new DatabaseFailure({ kind: 'unreplicated', mayBeCommitted: true });
      // What a commit answers in a transaction whose statement failed.
      if (commits && command === 'ROLLBACK') throw new DatabaseFailure({ kind: 'refused', mayBeCommitted: false });
      return rows;
    } catch (error) {
      const failure = error instanceof DatabaseFailure ? error : failureOf(error, commits);
      // Nor is it kept when it leads to a server that became read-only.
      if (failure.kind !== 'refused' || failure.code === '25006') this.#healthy = false;
      throw failure;
    }
  }

  async rollBack(): Promise<void> {
    if (!this.#healthy) return;
    try {
      await this.run({ text: 'rollback', name: undefined, params: [], timeoutMs: lockTimeoutMs, commits: false });
    } catch {
      // The connection is ended, which rolls back as well.
      this.#healthy = false;
    }
  }
}

function newPool(config: PoolConfig): Pool {
  const pool = new Pool(config);
  // A connection that breaks rejects its statement, or the next one of its transaction, and leaves the pool by itself.
  const ignore = (): void => undefined;
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', ignore);
  return pool;
}

interface Notice {
  readonly routine: string | undefined;
  readonly message: string | undefined;
}

/**
 * A commit whose wait for the synchronous standby was cut short succeeds with a warning: it is durable here, and lost if the
 * standby takes over. The routine is the same in every language of the server.
 */
function isReplicationWaitCancelled({ routine, message }: Notice): boolean {
  return (
    routine === 'SyncRepWaitForLSN' || (message?.startsWith('canceling wait for synchronous replication') ?? false)
  );
}

/** The refusal of PgBouncer, whose clients share its connections and so may not have settings of their own. */
function isStartupSettingRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '08P01' && error.message.includes('startup parameter');
}

/** What a server answers that has not, or has already, a statement of that name: another connection's, behind a pooler. */
function isNameUnknown(error: unknown): boolean {
  return error instanceof DatabaseFailure && (error.code === '26000' || error.code === '42P05');
}

function failureOf(error: unknown, commits: boolean): DatabaseFailure {
  const code = codeOf(error);
  if (error instanceof DatabaseError && isUndone(code, error.severity)) {
    return new DatabaseFailure({ kind: 'refused', code, mayBeCommitted: false });
  }
  return new DatabaseFailure({ kind: 'lost', code, mayBeCommitted: commits });
}

function unreachable(error: unknown): DatabaseFailure {
  return new DatabaseFailure({ kind: 'unreachable', code: codeOf(error), mayBeCommitted: false });
}

/** The SQLSTATE or the system's code. Nothing else of an error of the driver goes further. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function asPrinted(value: string): string {
  return value;
}

function describe(config: PoolConfig): string {
  try {
    const { host, port, database } = new Client(config);
    return `Postgres at ${host}:${port}, database ${database ?? ''}`;
  } catch {
    // The driver's message shows the string, which may hold a password.
    throw new TypeError('connectionString: is no URL of a Postgres database');
  }
}

type Counts = Pick<ConnectPostgresOptions, 'poolSize' | 'connectTimeoutMs' | 'statementTimeoutMs'>;

function atLeastOne(options: Counts, name: keyof Counts, otherwise: number): number {
  const value = options[name] ?? otherwise;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}: must be a positive integer (got ${value})`);
  return value;
}
