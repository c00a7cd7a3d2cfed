import { Client, DatabaseError, Pool, type PoolConfig } from 'pg';
import { DatabaseFailure, type ConnectionCounts } from '../database.ts';
import { codeOf, PgSession } from './pg-session.ts';

/** What a server is asked for when a connection starts. */
export interface StartupTimeouts {
  readonly statement_timeout: number;
  readonly lock_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

/** Waiting calls for each connection, a statement each or a few: beyond that, who comes would wait for longer than it is worth. */
const waitingPerConnection = 100;

/** The connections to a server, with what was found out about it. */
export class PgConnections {
  readonly description: string;
  readonly #config: PoolConfig;
  #pool: Pool;
  #startsWithTimeouts = true;
  #prepares = true;
  #closed: Promise<void> | undefined;

  constructor(config: PoolConfig, timeouts: StartupTimeouts) {
    this.#config = { ...config, types: { getTypeParser: () => asPrinted } };
    this.description = describe(this.#config);
    this.#pool = newPool({ ...this.#config, ...timeouts });
  }

  /** Whether statements may have names, by which the server keeps their plans. Not for poolers that share connections out. */
  get prepares(): boolean {
    return this.#prepares;
  }

  counts(): ConnectionCounts {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { idle: idleCount, used: totalCount - idleCount, waiting: waitingCount, max: options.max };
  }

  /** Says that the server does not know the names that its connections gave. */
  nameNoMore(): void {
    this.#prepares = false;
  }

  async checkOut(): Promise<PgSession> {
    const pool = this.#pool;
    if (pool.waitingCount >= waitingPerConnection * pool.options.max) {
      throw new DatabaseFailure({ kind: 'busy', mayBeCommitted: false });
    }
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
      return this.checkOut();
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    await this.#closed;
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

/** The refusal of PgBouncer, whose clients share its connections and so may not have settings of their own. */
function isStartupSettingRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '08P01' && error.message.includes('startup parameter');
}

function unreachable(error: unknown): DatabaseFailure {
  return new DatabaseFailure({ kind: 'unreachable', code: codeOf(error), mayBeCommitted: false });
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
