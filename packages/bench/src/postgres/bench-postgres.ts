import { setTimeout } from 'node:timers/promises';
import { startNativePostgres } from '@threadstore/testkit';
import { Client, escapeIdentifier } from 'pg';
import { treeCpuMs } from '../measuring/cpu.ts';

/** A Postgres server of its own, at its default durability, with a database for each contender. */
export class BenchPostgres implements AsyncDisposable {
  readonly #url: string;
  readonly #admin: Client;
  readonly #stop: () => Promise<void>;
  readonly #pid: number;

  private constructor(parts: { url: string; admin: Client; stop: () => Promise<void>; pid: number }) {
    this.#url = parts.url;
    this.#admin = parts.admin;
    this.#stop = parts.stop;
    this.#pid = parts.pid;
  }

  /** With `env` in the server's environment. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<BenchPostgres> {
    const server = await startNativePostgres({ durable: true, env });
    const stop = (): Promise<void> => server.stop();
    const admin = new Client({ connectionString: server.url });
    try {
      await admin.connect();
      const { rows } = await admin.query<{ pid: string }>(`select pg_read_file('postmaster.pid') as pid`);
      return new BenchPostgres({ url: server.url, admin, stop, pid: Number.parseInt(rows[0]?.pid ?? '', 10) });
    } catch (error) {
      await admin.end();
      await stop();
      throw error;
    }
  }

  /** Makes an empty database, unless there is one of this name, and resolves with its URL. */
  async createDatabase(name: string): Promise<string> {
    const { rowCount } = await this.#admin.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await this.#admin.query(`create database ${escapeIdentifier(name)}`);
    return this.urlOf(name);
  }

  urlOf(database: string): string {
    const url = new URL(this.#url);
    url.pathname = `/${database}`;
    return url.href;
  }

  /** Does the chores that writing left, so that they don't fall to whoever comes next. */
  async settle(database: string): Promise<void> {
    await this.run(database, 'vacuum (analyze)', 'checkpoint');
  }

  /** Runs statements, one after another. */
  async run(database: string, ...statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: this.urlOf(database) });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Waits until a query of a database finds nothing. */
  async waitUntilNone(database: string, query: string): Promise<void> {
    const client = new Client({ connectionString: this.urlOf(database) });
    await client.connect();
    try {
      while (((await client.query(query)).rowCount ?? 0) > 0) await setTimeout(200);
    } finally {
      await client.end();
    }
  }

  /** Bytes of write-ahead log that all databases have written. */
  async walBytes(): Promise<number> {
    return this.#number(`select pg_current_wal_insert_lsn() - '0/0'`);
  }

  async diskBytes(database: string): Promise<number> {
    return this.#number('select pg_database_size($1::text)', database);
  }

  /** CPU time of the server, in milliseconds; null where that can't be told. */
  cpuMs(): number | null {
    return treeCpuMs(this.#pid);
  }

  async version(): Promise<string> {
    const { rows } = await this.#admin.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    );
    return rows[0]?.version ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.end();
    await this.#stop();
  }

  async #number(query: string, ...params: readonly string[]): Promise<number> {
    const { rows } = await this.#admin.query<{ figure: string }>(`select (${query}) as figure`, [...params]);
    return Number(rows[0]?.figure);
  }
}
