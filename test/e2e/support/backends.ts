import { createScratchDatabase, serveThreadstore, type ServingProcess, migrated } from '@threadstore/testkit';
import { TemporaryFolder } from './commands.ts';

/** A place to keep threads in, and how a service is started on it. */
export interface Backend extends AsyncDisposable {
  start(...flags: readonly string[]): Promise<ServingProcess>;
  /** What `serve` and `migrate` are given to find it. */
  readonly env: Readonly<Record<string, string>>;
}

export async function embedded(): Promise<Backend> {
  const folder = await TemporaryFolder.create();
  const env = { THREADSTORE_DATA_DIR: folder.path };
  return {
    env,
    start: (...flags) => serveThreadstore(flags, { env }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function server(): Promise<Backend> {
  const database = await createScratchDatabase(migrated);
  const env = { DATABASE_URL: database.url };
  return {
    env,
    start: (...flags) => serveThreadstore(flags, { env }),
    [Symbol.asyncDispose]: () => database.drop(),
  };
}

export const backends = [
  { backend: 'the embedded database', create: embedded },
  { backend: 'a Postgres server', create: server },
];
