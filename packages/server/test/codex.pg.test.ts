import { newThreadId } from '@threadstore/core';
import { connectPostgres, fenceWriters, PostgresThreadStore, type Database } from '@threadstore/postgres';
import { createScratchDatabase, migrated, truncateAll, type ScratchDatabase } from '@threadstore/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWays } from './codex/both-ways.ts';
import { said, typesOf } from './codex/codex-client.ts';
import { contents } from './codex/contents.ts';
import { lifeCycle, type Stores } from './codex/life-cycle.ts';
import { lists } from './codex/lists.ts';
import { metadata } from './codex/metadata.ts';
import { replicas } from './codex/replicas.ts';

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

  test('a session goes on when all writers are fenced', async () => {
    await using served = await replicas(await stores());
    const { client, store } = served;
    const threadId = newThreadId();
    await client.create(threadId);
    await client.append(threadId, said('one'));
    await client.append(threadId, said('two'));
    const { epoch } = await fenceWriters(database);
    await client.append(threadId, said('three'));
    await client.append(threadId, said('four'));
    expect(typesOf(await client.history(threadId))).toHaveLength(5);
    expect(await store.readThread({ threadId })).toMatchObject({ epoch, nextSequence: 2n });
    await client.call('shutdownThread', { threadId });
  });
});
