import { startContainerPostgres } from './container-postgres.ts';
import { useExternalPostgres } from './external-postgres.ts';
import { startNativePostgres } from './native-postgres.ts';
import { type RunningPostgres } from './running-postgres.ts';

/** The image of a plain `THREADSTORE_TEST_DOCKER=1`: the one of docker-compose.yml. */
const defaultImage = 'postgres:17-bookworm';

/**
 * Decides where a test run gets its Postgres from:
 *
 * - `THREADSTORE_TEST_DATABASE_URL`: that server, whose user is a superuser. Only databases and roles made here are touched.
 * - `THREADSTORE_TEST_POSTGRES_IMAGE`, or `THREADSTORE_TEST_DOCKER=1` for the default image: a container.
 * - otherwise the Postgres that npm installed.
 *
 * `run` names the test run, see `database-names.ts`. Rejects with one line if what was asked for can't be had: nothing else is
 * tried then.
 */
export async function startPostgres(run: string, env: NodeJS.ProcessEnv = process.env): Promise<RunningPostgres> {
  const url = env['THREADSTORE_TEST_DATABASE_URL'];
  if (url) return useExternalPostgres(url, run);
  const image = env['THREADSTORE_TEST_POSTGRES_IMAGE'];
  if (image) return startContainerPostgres(image);
  if (env['THREADSTORE_TEST_DOCKER'] === '1') return startContainerPostgres(defaultImage);
  return startNativePostgres();
}
