import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { newRun } from './database-names.ts';
import { startPostgres } from './postgres-server.ts';
import { reasonOf, type RunningPostgres } from './running-postgres.ts';

const variable = 'THREADSTORE_TEST_BROKER';

/** What a worker needs to know to make databases. */
export interface TestRun {
  readonly run: string;
  readonly postgresUrl: string;
}

/**
 * Opens the desk at which the workers of a test run ask for Postgres. The first who asks has it started; a run in which nobody
 * asks starts none. Workers find the desk by an environment variable of this process, which they inherit.
 *
 * Resolves with the function that closes the desk and stops the server, for when nobody can be using it any more.
 */
export async function openBroker(
  start: (run: string) => Promise<RunningPostgres> = startPostgres,
): Promise<() => Promise<void>> {
  const run = newRun();
  // The answer holds a password, and other users of this machine reach the port too.
  const path = `/${randomBytes(16).toString('hex')}`;
  let postgres: Promise<RunningPostgres> | undefined;
  const desk = createServer((request, response) => {
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    postgres ??= start(run);
    postgres.then(
      ({ url }) => response.end(JSON.stringify({ run, postgresUrl: url } satisfies TestRun)),
      (error: unknown) => response.writeHead(500).end(reasonOf(error)),
    );
  });
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');
  const address = desk.address();
  if (address === null || typeof address === 'string') throw new Error('testkit: the broker has no port');
  process.env[variable] = `http://127.0.0.1:${address.port}${path}`;
  return async () => {
    delete process.env[variable];
    desk.close();
    desk.closeAllConnections();
    const started = await postgres?.catch(() => undefined);
    await started?.stop();
  };
}

let joined: Promise<TestRun> | undefined;

/** The run that this worker belongs to, with Postgres started. Rejects with the one line of why there is none. */
export async function testRun(): Promise<TestRun> {
  return (joined ??= ask());
}

async function ask(): Promise<TestRun> {
  const desk = process.env[variable];
  if (desk === undefined)
    throw new Error('testkit: no test run is under way; vitest starts one by globalSetup in vitest.config.ts');
  const response = await fetch(desk);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as TestRun;
}
