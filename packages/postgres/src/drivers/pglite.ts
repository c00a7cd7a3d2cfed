import { join, resolve } from 'node:path';
import { setImmediate as endOfTick } from 'node:timers/promises';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { paramText } from '../array-text.ts';
import {
  DatabaseFailure,
  type Database,
  type Param,
  type PreparedStatement,
  type Row,
  type RunQuery,
  type TransactionSession,
} from '../database.ts';
import { isUndone } from '../sqlstate.ts';
import { indexTables } from '../thread-index/index-tables.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';

export interface OpenEmbeddedOptions {
  /** Where the data is kept; made where it is missing. Absent: in memory, gone with the process. */
  readonly dataDir?: string;
}

/**
 * A Postgres inside of this process (PGlite), for one process and without set-up.
 *
 * What is committed survives the process, `kill -9` included, **but not a power cut**: PGlite never calls fsync. A data
 * directory belongs to one process at a time: opening one that is in use rejects with an error that names the directory and the
 * process. It has one session; statements and transactions run one after the other. Statement timeouts have no effect.
 */
export async function openEmbedded({ dataDir }: OpenEmbeddedOptions = {}): Promise<Database> {
  if (dataDir === undefined)
    return new EmbeddedDatabase(await start('memory://'), 'embedded Postgres in memory', undefined);
  const directory = resolve(dataDir);
  const lock = await lockDirectory(directory);
  try {
    const pglite = await start(join(directory, 'postgres'));
    return new EmbeddedDatabase(pglite, `embedded Postgres in ${directory}`, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Of the memory of this process, for good. Postgres' usual 128 MB make a service with an embedded database half as large again and
 * read no faster: what is not in its buffers is in the system's cache.
 */
const sharedBuffers = '16MB';

async function start(dataDir: string): Promise<PGlite> {
  // 27 MB that a process with a server of its own never needs.
  const { PGlite: Embedded } = await import('@electric-sql/pglite');
  const startParams = [...Embedded.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`];
  const pglite = await Embedded.create({ dataDir, startParams });
  for (const type of Object.keys(pglite.parsers)) pglite.parsers[type] = asPrinted;
  return pglite;
}

class EmbeddedDatabase implements Database {
  readonly description: string;
  readonly #pglite: PGlite;
  readonly #lock: DirectoryLock | undefined;
  #closed: Promise<void> | undefined;

  constructor(pglite: PGlite, description: string, lock: DirectoryLock | undefined) {
    this.#pglite = pglite;
    this.description = description;
    this.#lock = lock;
  }

  readonly query: RunQuery = async (statement, params = []) => {
    this.#checkOpen();
    try {
      return await run(this.#pglite, statement, params, true);
    } finally {
      // A statement here is made of microtasks alone: one after the other would keep the process from everything else.
      await endOfTick();
    }
  };

  async transaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T> {
    this.#checkOpen();
    let workEnded = false;
    let workFailed = false;
    try {
      return await this.#pglite.transaction(async (transaction) => {
        try {
          const result = await work({
            query: (statement, params = []) => run(transaction, statement, params, false),
            script: (text) => runScript(transaction, text),
          });
          workEnded = true;
          return result;
        } catch (error) {
          workFailed = true;
          throw error;
        }
      });
    } catch (error) {
      throw workFailed ? error : failureOf(error, workEnded);
    }
  }

  /** Its one user is a superuser, whom no policy binds. */
  forTenant(): Database {
    return this;
  }

  async close(): Promise<void> {
    this.#closed ??= this.#end();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new DatabaseFailure({ kind: 'unreachable', mayBeCommitted: false });
  }

  async #end(): Promise<void> {
    try {
      await this.#tidy();
      await this.#pglite.close();
    } finally {
      await this.#lock?.release();
    }
  }

  /** What autovacuum does on a server: nothing here does it in the background. */
  async #tidy(): Promise<void> {
    try {
      for (const table of ['threads', 'items', 'external_appends', ...indexTables])
        await this.#pglite.query(`vacuum (analyze) threadstore.${table}`);
    } catch {
      // The tables were never made, or the next close will do it.
    }
  }
}

async function run(
  session: Pick<Transaction, 'query'>,
  statement: string | PreparedStatement,
  params: readonly Param[],
  commits: boolean,
): Promise<readonly Row[]> {
  try {
    const text = typeof statement === 'string' ? statement : statement.text;
    const { rows } = await session.query<Row>(text, params.map(paramText));
    return rows;
  } catch (error) {
    throw failureOf(error, commits);
  }
}

async function runScript(session: Pick<Transaction, 'exec'>, text: string): Promise<void> {
  try {
    await session.exec(text);
  } catch (error) {
    throw failureOf(error, false);
  }
}

/** PGlite's errors hold the statement and its parameters. */
function failureOf(error: unknown, commits: boolean): DatabaseFailure {
  if (error instanceof Error && 'code' in error && 'severity' in error) {
    const { code, severity } = error;
    if (typeof code === 'string' && typeof severity === 'string' && isUndone(code, severity)) {
      return new DatabaseFailure({ kind: 'refused', code, mayBeCommitted: false });
    }
  }
  // Not an answer of Postgres: the module itself broke.
  return new DatabaseFailure({ kind: 'lost', mayBeCommitted: commits });
}

function asPrinted(value: string): string {
  return value;
}
