import { afterAll, beforeAll, expect, test } from 'vitest';
import { useExternalPostgres } from '../src/external-postgres.ts';
import { startNativePostgres } from '../src/native-postgres.ts';
import { type RunningPostgres, withClient } from '../src/running-postgres.ts';

let server: RunningPostgres;
beforeAll(async () => {
  server = await startNativePostgres();
});
afterAll(async () => {
  await server.stop();
});

async function run(sql: string): Promise<void> {
  await withClient(server.url, async (client) => client.query(sql));
}

async function databases(): Promise<readonly string[]> {
  return withClient(server.url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database where not datistemplate and datname <> 'postgres' order by 1`,
    );
    return rows.map(({ name }) => name);
  });
}

test('drops what its own run and dead runs made, and nothing else', async () => {
  await run('create database precious');
  await run('create database threadstore_test_precious');
  await run('create database threadstore_test_00000001_left');
  const other = await useExternalPostgres(server.url, '00000002');
  expect(await databases()).toEqual(['precious', 'threadstore_test_precious']);

  await run('create database threadstore_test_00000002_used');
  const own = await useExternalPostgres(server.url, '00000003');
  await run('create database threadstore_test_00000003_used');
  await own.stop();
  await own.stop();
  expect(await databases()).toEqual(['precious', 'threadstore_test_00000002_used', 'threadstore_test_precious']);

  await other.stop();
  expect(await databases()).toEqual(['precious', 'threadstore_test_precious']);
});

test('a user who is no superuser is refused', async () => {
  await run(`create role reader login createdb password 'reader'`);
  const url = new URL(server.url);
  url.username = 'reader';
  url.password = 'reader';
  await expect(useExternalPostgres(url.href, '00000004')).rejects.toThrow(
    'THREADSTORE_TEST_DATABASE_URL: its user is no superuser',
  );
});
