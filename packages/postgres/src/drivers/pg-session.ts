import { DatabaseError, type PoolClient, type QueryResult } from 'pg';
import { DatabaseFailure, type Param, type Row } from '../database.ts';
import { isLeft, isUndone } from '../sqlstate.ts';
import { pgParam } from './pg-params.ts';
import { prepareTenant, queryFor } from './tenant-query.ts';

export interface Statement {
  readonly text: string;
  readonly name: string | undefined;
  readonly params: readonly Param[];
  readonly timeoutMs: number;
  /** Whether its success is the end of its transaction. */
  readonly commits: boolean;
}

/** For whom a statement is that is a transaction of its own. */
export interface OwnTransaction {
  readonly tenant: string;
  /** Whether statements may have names. */
  readonly prepares: boolean;
}

/** The server's own timeout comes first by this: its answer says that nothing was done, silence says nothing. */
const answerGraceMs = 3_000;
const rollBackTimeoutMs = 5_000;
/** Connections that know what says the tenant by its name. */
const preparedForTenants = new WeakSet<PoolClient>();

/** A connection while one statement or transaction has it. */
export class PgSession {
  readonly #client: PoolClient;
  #healthy = true;
  #replicationWaitCancelled = false;
  /** Why the connection broke while nothing was asked of it. */
  #broken: { readonly error: unknown } | undefined;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** Does the work and gives the connection back, or ends it when what state it is in is unknown. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    const onNotice = (notice: Notice): void => {
      if (isReplicationWaitCancelled(notice)) this.#replicationWaitCancelled = true;
    };
    const onError = (error: unknown): void => {
      this.#broken ??= { error };
    };
    this.#client.on('notice', onNotice).on('error', onError);
    try {
      return await work();
    } finally {
      this.#client.off('notice', onNotice).off('error', onError);
      this.#client.release(!this.#healthy);
    }
  }

  /** Without parameters it may be several statements, of which none has rows that matter. */
  async run({ text, name, params, timeoutMs, commits }: Statement): Promise<readonly Row[]> {
    const statement = { text, name, values: params.map(pgParam), query_timeout: timeoutMs + answerGraceMs };
    return this.#answer(commits, () => this.#client.query<Row>(statement));
  }

  /** One statement in a transaction of its own, in which the tenant is said before it. */
  async runFor(
    { tenant, prepares }: OwnTransaction,
    { text, name, params, timeoutMs, commits }: Statement,
  ): Promise<readonly Row[]> {
    const query_timeout = timeoutMs + answerGraceMs;
    if (prepares && !preparedForTenants.has(this.#client)) {
      const statement = { ...prepareTenant(tenant), query_timeout };
      await this.#answer(false, () => this.#client.query<Row>(statement));
      preparedForTenants.add(this.#client);
    }
    const values = params.map(pgParam);
    return this.#answer(commits, () =>
      queryFor(this.#client, { tenant, isTenantPrepared: prepares, text, name, values, query_timeout }),
    );
  }

  async #answer(commits: boolean, ask: () => Promise<QueryResult<Row>>): Promise<readonly Row[]> {
    if (this.#broken !== undefined) throw this.#failure(this.#broken.error, false);
    try {
      const { rows, command } = await ask();
      if (this.#replicationWaitCancelled) throw new DatabaseFailure({ kind: 'unreplicated', mayBeCommitted: true });
      // What a commit answers in a transaction whose statement failed.
      if (commits && command === 'ROLLBACK') throw new DatabaseFailure({ kind: 'refused', mayBeCommitted: false });
      return rows;
    } catch (error) {
      throw this.#failure(error, commits);
    }
  }

  #failure(error: unknown, commits: boolean): DatabaseFailure {
    const failure = error instanceof DatabaseFailure ? error : failureOf(error, commits);
    if (isLeft(failure)) this.#healthy = false;
    return failure;
  }

  async rollBack(): Promise<void> {
    if (!this.#healthy) return;
    try {
      await this.run({ text: 'rollback', name: undefined, params: [], timeoutMs: rollBackTimeoutMs, commits: false });
    } catch {
      // The connection is ended, which rolls back as well.
      this.#healthy = false;
    }
  }
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

function failureOf(error: unknown, commits: boolean): DatabaseFailure {
  const code = codeOf(error);
  if (error instanceof DatabaseError && isUndone(code, error.severity)) {
    return new DatabaseFailure({ kind: 'refused', code, mayBeCommitted: false });
  }
  return new DatabaseFailure({ kind: 'lost', code, mayBeCommitted: commits });
}

/** The SQLSTATE or the system's code. Nothing else of an error of the driver goes further. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
