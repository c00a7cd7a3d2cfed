import { reasonOf, type RunningPostgres } from './running-postgres.ts';

/**
 * Starts a Postgres in a container. Where the run is killed, testcontainers' reaper removes it; with
 * `TESTCONTAINERS_RYUK_DISABLED=true` it is left.
 */
export async function startContainerPostgres(image: string): Promise<RunningPostgres> {
  // Takes most of a second to load, which a run without Docker is spared.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  try {
    const container = await new PostgreSqlContainer(image)
      // As for a native one: a test never cuts the power.
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .start();
    let stopped: Promise<unknown> | undefined;
    return {
      url: container.getConnectionUri(),
      source: 'container',
      stop: async () => {
        stopped ??= container.stop();
        await stopped;
      },
    };
  } catch (error) {
    throw new Error(`container Postgres: ${image} did not start: ${reasonOf(error)}`, { cause: error });
  }
}
