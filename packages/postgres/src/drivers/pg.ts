import { escapeLiteral } from 'pg';
import {
  DatabaseFailure,
  type ConnectionCounts,
  type Database,
  type Param,
  type Row,
  type RunQuery,
  type TransactionOptions,
  type TransactionSession,
} from '../database.ts';
import { PgConnections } from './pg-connections.ts';
import type { PgSession, Statement } from './pg-session.ts';

export interface ConnectPostgresOptions {
  /** `postgresql://user:password@host:port/database?sslmode=…`. What it leaves out comes from the `PG…` environment variables. */
  readonly connectionString: string;
  /**
   * Connections at most, default 10. Each runs one statement or transaction at a time; calls beyond wait for one, up to 16 for each
   * connection. More are refused with `OVERLOADED`.
   */
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
  const statementTimeoutMs = atLeastOne(options, 'statementTimeoutMs', statementTimeoutDefaultMs);
  const config = {
    connectionString: options.connectionString,
    max: atLeastOne(options, 'poolSize', poolSizeDefault),
    fallback_application_name: 'threadstore',
    connectionTimeoutMillis: atLeastOne(options, 'connectTimeoutMs', connectTimeoutDefaultMs),
    idleTimeoutMillis: idleConnectionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
  };
  const connections = new PgConnections(config, {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  });
  return new PgDatabase({ connections, statementTimeoutMs, tenant: null });
}

interface PgDatabaseOptions {
  readonly connections: PgConnections;
  readonly statementTimeoutMs: number;
  /** Null: of no tenant. */
  readonly tenant: string | null;
}

class PgDatabase implements Database {
  readonly description: string;
  readonly #options: PgDatabaseOptions;

  constructor(options: PgDatabaseOptions) {
    this.description = options.connections.description;
    this.#options = options;
  }

  readonly connections = (): ConnectionCounts => this.#options.connections.counts();

  readonly query: RunQuery = async (statement, params = []) => {
    const { connections, statementTimeoutMs } = this.#options;
    const session = await connections.checkOut();
    const { prepares } = connections;
    const isNamed = prepares && typeof statement !== 'string';
    const { text, name } = typeof statement === 'string' ? { text: statement, name: undefined } : statement;
    try {
      return await session.use(() =>
        this.#run(session, prepares, {
          text,
          name: isNamed ? name : undefined,
          params,
          timeoutMs: statementTimeoutMs,
          commits: true,
        }),
      );
    } catch (error) {
      if (!prepares || !isNameUnknown(error)) throw error;
      connections.nameNoMore();
      return this.query(text, params);
    }
  };

  async transaction<T>(
    work: (session: TransactionSession) => Promise<T>,
    { statementTimeoutMs: timeoutMs = this.#options.statementTimeoutMs }: TransactionOptions = {},
  ): Promise<T> {
    const session = await this.#options.connections.checkOut();
    return session.use(async () => {
      const run = (text: string, params: readonly Param[] = [], commits = false): Promise<readonly Row[]> =>
        session.run({ text, name: undefined, params, timeoutMs, commits });
      try {
        await run(
          `begin isolation level read committed; set local statement_timeout = ${timeoutMs}; set local lock_timeout = ${lockTimeoutMs};
           set local idle_in_transaction_session_timeout = ${idleInTransactionTimeoutMs}${this.#setTenant}`,
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

  forTenant(tenant: string): Database {
    return new PgDatabase({ ...this.#options, tenant });
  }

  async close(): Promise<void> {
    await this.#options.connections.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #setTenant(): string {
    const { tenant } = this.#options;
    return tenant === null ? '' : `; set local threadstore.tenant = ${escapeLiteral(tenant)}`;
  }

  #run(session: PgSession, prepares: boolean, statement: Statement): Promise<readonly Row[]> {
    const { tenant } = this.#options;
    return tenant === null ? session.run(statement) : session.runFor({ tenant, prepares }, statement);
  }
}

/** What a server answers that has not, or has already, a statement of that name: another connection's, behind a pooler. */
function isNameUnknown(error: unknown): boolean {
  return error instanceof DatabaseFailure && (error.code === '26000' || error.code === '42P05');
}

type Counts = Pick<ConnectPostgresOptions, 'poolSize' | 'connectTimeoutMs' | 'statementTimeoutMs'>;

function atLeastOne(options: Counts, name: keyof Counts, otherwise: number): number {
  const value = options[name] ?? otherwise;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}: must be a positive integer (got ${value})`);
  return value;
}
