import { createScratchDatabase } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { connectPostgres, databaseRisks, openEmbedded, riskText, type Database } from '../src/index.ts';

const textsOf = async (database: Database): Promise<readonly string[]> => (await databaseRisks(database)).map(riskText);

const safe = `-c synchronous_commit=on -c client_min_messages=notice`;

test.each([
  { options: safe, warnings: [] },
  {
    options: '-c synchronous_commit=off',
    warnings: ["synchronous_commit = off: a crash of the server loses the last moment's acknowledged writes"],
  },
  {
    options: '-c synchronous_commit=local -c client_min_messages=error',
    warnings: [
      'synchronous_commit = local: a failover may lose acknowledged writes',
      'client_min_messages = error: writes that a standby has not got may be acknowledged',
    ],
  },
])('settings that can lose writes are told: $options', async ({ options, warnings }) => {
  await using scratch = await createScratchDatabase();
  const url = new URL(scratch.url);
  url.searchParams.set('options', options);
  await using database = connectPostgres({ connectionString: url.href });
  const [row] = await database.query(`select current_setting('fsync') as fsync`);
  const ofServer = row?.['fsync'] === 'off' ? ['fsync = off: a power cut may lose acknowledged writes, or all'] : [];
  expect(await textsOf(database)).toEqual([...ofServer, ...warnings]);
  await database.close();
});

test('an embedded database tells that it never calls fsync', async () => {
  await using database = await openEmbedded();
  expect(await textsOf(database)).toContain('fsync = off: a power cut may lose acknowledged writes, or all');
});
