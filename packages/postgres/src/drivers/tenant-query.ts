import { type Connection, type PoolClient, Query, type QueryConfig, type QueryResult } from 'pg';
import { prepared, type Row } from '../database.ts';

/** For the transaction alone: nothing of it is left for whoever has the connection next. */
const { name, text } = prepared(`select set_config('threadstore.tenant', $1, true)`);

/** To be run on a connection once, where statements may have names: what says the tenant is parsed then. */
export function prepareTenant(tenant: string): QueryConfig {
  return { name, text, values: [tenant] };
}

export interface TenantStatement {
  readonly tenant: string;
  /** Whether the connection knows what says the tenant by its name. */
  readonly isTenantPrepared: boolean;
  readonly text: string;
  readonly name: string | undefined;
  readonly values: unknown[];
  readonly query_timeout: number;
}

/** A statement with its tenant said before it. */
export function queryFor(client: PoolClient, statement: TenantStatement): Promise<QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    client.query(
      new TenantQuery(statement, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      }),
    );
  });
}

type Answer = (error: Error | null | undefined, result: QueryResult<Row>) => void;

/** The steps of node-postgres's own query, of which its types do not tell. */
interface QuerySteps {
  requiresPreparation(): boolean;
  prepare(connection: Connection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

const SteppedQuery = Query as unknown as new (
  config: QueryConfig,
  answer: Answer,
) => QuerySteps & { submit(connection: Connection): void };

/**
 * What stands before one `Sync` is one transaction, so that the setting ends with the statement, and a pooler in transaction mode gives
 * both to one connection. It costs no round trip.
 */
class TenantQuery extends SteppedQuery {
  /** Read by node-postgres. */
  readonly query_timeout: number;
  readonly #tenant: string;
  readonly #isTenantPrepared: boolean;
  /** Until then, answers are to what says the tenant. */
  #isTenantSaid = false;

  constructor(statement: TenantStatement, answer: Answer) {
    super({ text: statement.text, name: statement.name, values: statement.values }, answer);
    this.query_timeout = statement.query_timeout;
    this.#tenant = statement.tenant;
    this.#isTenantPrepared = statement.isTenantPrepared;
  }

  /** Also without parameters: a simple query would be another transaction. */
  override requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: Connection): void {
    if (!this.#isTenantPrepared) connection.parse({ name: '', text, types: [] }, true);
    connection.bind({ statement: this.#isTenantPrepared ? name : '', values: [this.#tenant] }, true);
    connection.execute(null, true);
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#isTenantSaid) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#isTenantSaid) super.handleCommandComplete(message, connection);
    this.#isTenantSaid = true;
  }
}
