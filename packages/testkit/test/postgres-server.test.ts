import { expect, test } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { startPostgres } from '../src/postgres-server.ts';

test('a server that was asked for and is not there is an error, and no other one is taken', async () => {
  const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  await expect(startPostgres('00000000', { THREADSTORE_TEST_DATABASE_URL: url })).rejects.toThrow(
    /^THREADSTORE_TEST_DATABASE_URL: connect ECONNREFUSED /,
  );
});

test('an image that was asked for and is not there is an error, and no other one is taken', async () => {
  const image = 'registry.invalid/postgres:none';
  await expect(startPostgres('00000000', { THREADSTORE_TEST_POSTGRES_IMAGE: image })).rejects.toThrow(
    /^container Postgres: registry\.invalid\/postgres:none did not start: .+$/,
  );
});
