import { createHash } from 'node:crypto';

/** A statement's parameter: text in the form in which Postgres reads the parameter's type, or an array of such texts. */
export type Param = string | null | readonly (string | null)[] | TextArray;

/** A large `text[]`, sent in the cheapest form that the driver has. */
export class TextArray {
  readonly texts: readonly string[];
  /** Of all texts in UTF-8. */
  readonly bytes: number;

  constructor(texts: readonly string[], bytes: number) {
    this.texts = texts;
    this.bytes = bytes;
  }
}

/** A statement that is run often, which a server may parse and plan once on a connection. */
export interface PreparedStatement {
  /** Stands for the text: another text has another name. */
  readonly name: string;
  readonly text: string;
}

export function prepared(text: string): PreparedStatement {
  return { name: `threadstore_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}

/** A row of a result: each value as the text that Postgres prints for it, by column name. See `row.ts` for what they mean. */
export type Row = Readonly<Record<string, string | null>>;

/** Runs one statement, whose parameters stand in it as `$1`, `$2` and so on. Rejects with a {@link DatabaseFailure}. */
export type RunQuery = (statement: string | PreparedStatement, params?: readonly Param[]) => Promise<readonly Row[]>;

/** What the work of a transaction is given. It is of no use once the work has ended. */
export interface TransactionSession {
  readonly query: RunQuery;
  /** Runs statements without parameters, separated by semicolons. */
  readonly script: (text: string) => Promise<void>;
}

export interface TransactionOptions {
  /** Bounds each statement, in milliseconds, where it is expected to take longer than the driver's usual bound. */
  readonly statementTimeoutMs?: number;
}

/** The connections to a server at one moment. */
export interface ConnectionCounts {
  readonly idle: number;
  readonly used: number;
  /** Statements and transactions that wait for one. */
  readonly waiting: number;
  /** How many there may be. */
  readonly max: number;
}

/**
 * A Postgres database, on a server or embedded: the least that a store needs of it.
 *
 * Nothing of a session outlives a statement or a transaction, so that a pooler in transaction mode can stand between.
 */
export interface Database extends AsyncDisposable {
  /** What it is and where, for people. Holds no secrets. */
  readonly description: string;
  /** Of a server; an embedded database has none. */
  readonly connections?: () => ConnectionCounts;
  /** Runs one statement in a transaction of its own. */
  readonly query: RunQuery;
  /**
   * Runs the work in one transaction (read committed): committed when the work resolves, undone when it rejects. The work may be
   * called again by whoever retries the transaction, never by the database itself.
   */
  transaction<T>(work: (session: TransactionSession) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * The same database, of which every statement and transaction is one tenant's: on a server that holds tenants apart (`enforceTenants`)
   * none of them shows or changes a row of another tenant, whatever it asks for. An embedded database has no such wall. Shares the
   * connections; to close it is to close the database.
   */
  forTenant(tenant: string): Database;
  /** Waits for statements under way, then frees everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * How a database failed.
 *
 * - `unreachable`: there was no connection, so nothing was sent.
 * - `busy`: too many wait for a connection, so nothing was sent.
 * - `refused`: the server answered with an error. What it refused is undone.
 * - `lost`: the connection broke, or was given up, while an answer was awaited.
 * - `unreplicated`: done and durable on the server, but the wait for its standby was cut short.
 */
export type FailureKind = 'unreachable' | 'busy' | 'refused' | 'lost' | 'unreplicated';

export interface DatabaseFailureInit {
  readonly kind: FailureKind;
  /** The SQLSTATE, or the code of the system's error (`ECONNREFUSED`). */
  readonly code?: string | undefined;
  /** False when it is certain that nothing was committed. */
  readonly mayBeCommitted: boolean;
}

/**
 * The failure of a statement or a transaction. It is made anew from the driver's error, of which it keeps the code alone: the
 * rest may hold what users wrote.
 */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
  readonly kind: FailureKind;
  readonly code: string | null;
  readonly mayBeCommitted: boolean;

  constructor({ kind, code, mayBeCommitted }: DatabaseFailureInit) {
    super(code === undefined ? `database ${kind}` : `database ${kind} (${code})`);
    this.kind = kind;
    this.code = code ?? null;
    this.mayBeCommitted = mayBeCommitted;
  }
}
