import { connectPostgres, PostgresThreadStore, type Database } from '@threadstore/postgres';
import { createScratchDatabase, migrated, truncateAll, type ScratchDatabase } from '@threadstore/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { bothWays } from './codex/both-ways.ts';
import { contents } from './codex/contents.ts';
import { lifeCycle, type Stores } from './codex/life-cycle.ts';
import { lists } from './codex/lists.ts';
import { metadata } from './codex/metadata.ts';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createScratchDatabase(migrated);
  database = connectPostgres({ connectionString: scratch.url });
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

const stores: Stores = async (options = {}) => {
  await truncateAll(scratch.url, { keep: ['migrations'] });
  return [new PostgresThreadStore({ database, ...options }), new PostgresThreadStore({ database, ...options })];
};

describe('Codex, two replicas over one Postgres', () => {
  lifeCycle(stores);
  contents(stores);
  metadata(stores);
  lists(stores);
  bothWays(stores);
});
