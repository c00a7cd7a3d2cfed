import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNativePostgres } from '@threadstore/testkit';

/** Where a service under measurement keeps its threads. */
export interface Place extends AsyncDisposable {
  readonly name: string;
  /** Further arguments of `threadstore serve`. */
  readonly serveArgs: readonly string[];
}

/** An embedded database in a temporary folder. */
export async function embeddedPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'threadstore-bench-'));
  return {
    name: 'embedded',
    serveArgs: ['--data-dir', join(folder, 'data')],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A Postgres server of its own. */
export async function nativePlace(): Promise<Place> {
  const server = await startNativePostgres();
  return {
    name: 'Postgres server',
    serveArgs: ['--migrate', '--database-url', server.url],
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
