import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { poolerBefore } from './support/pooler.ts';
import { items, writtenThread } from './support/threads.ts';
import { walledDatabase, type WalledDatabase } from './support/walled.ts';

let opened: WalledDatabase;
beforeAll(async () => {
  opened = await walledDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

test('a pooler that refuses settings of the session gets connections without, and all works', async () => {
  await using pooler = await poolerBefore(opened.url, { connections: 3 });
  const database = connectPostgres({ connectionString: pooler.url });
  try {
    const stores = Array.from({ length: 5 }, () => new PostgresThreadStore({ database }));
    await Promise.all(
      stores.map(async (store) => {
        const { threadId, epoch } = await writtenThread(store);
        expect(await store.appendItems({ threadId, epoch, sequence: 0n, items: items(2) })).toMatchObject({
          duplicate: true,
        });
        await store.deleteThread({ threadId });
      }),
    );
    expect(new Set(pooler.refused)).toEqual(new Set(['statement_timeout']));
    const refusals = pooler.refused.length;
    await Promise.all(Array.from({ length: 10 }, () => database.query('select pg_sleep(0.05)')));
    expect(pooler.refused).toHaveLength(refusals);
    // Its clients share connections: nothing is left on one that another could meet.
    const prepared = await Promise.all(
      Array.from({ length: 10 }, () => database.query('select from pg_prepared_statements')),
    );
    expect(prepared.flat()).toEqual([]);
  } finally {
    await database.close();
  }
});

test('without a pooler the server bounds every statement; with one, those of transactions', async () => {
  const settings = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
  const bounded = { statement: '1234ms', lock: '5s', idle: '10s', name: 'threadstore' };
  await using plain = connectPostgres({ connectionString: opened.url, statementTimeoutMs: 1234 });
  expect(await plain.query(settings)).toEqual([bounded]);
  expect(await plain.transaction(({ query }) => query(settings), { statementTimeoutMs: 60_000 })).toEqual([
    { ...bounded, statement: '1min' },
  ]);
  expect(await plain.query(settings)).toEqual([bounded]);

  await using pooler = await poolerBefore(opened.url, { connections: 1 });
  const database = connectPostgres({ connectionString: pooler.url, statementTimeoutMs: 1234 });
  try {
    expect(await database.query(settings)).toEqual([{ ...bounded, statement: '0', lock: '0', idle: '0' }]);
    expect(await database.transaction(({ query }) => query(settings))).toEqual([bounded]);
    expect(await database.query(settings)).toEqual([{ ...bounded, statement: '0', lock: '0', idle: '0' }]);
  } finally {
    await database.close();
  }
});

const forgetful = 'select tenant, pg_backend_pid()::text as pid from threadstore.items';

/** Appends, and asks between the appends for everybody's items. The connections that it was on. */
async function sharePooler(url: string, tenant: string): Promise<ReadonlySet<unknown>> {
  const database = connectPostgres({ connectionString: url, poolSize: 3 });
  const connections = new Set<unknown>();
  try {
    await using store = new PostgresThreadStore({ database, tenant });
    const own = database.forTenant(tenant);
    const threadId = randomUUID();
    const { epoch } = await store.createThread({ threadId });
    for (let sequence = 0n; sequence < 20n; sequence += 1n) {
      await Promise.all([
        store.appendItems({ threadId, epoch, sequence, items: items(1) }),
        expect(own.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' }),
      ]);
      const found = await Promise.all([
        own.query(forgetful),
        own.transaction(async ({ query }) => [...(await query(forgetful)), ...(await query(forgetful))]),
      ]);
      const count = Number(sequence) + 1;
      expect(found.map((rows) => rows.length)).toEqual([count, 2 * count]);
      expect(new Set(found.flat().map((row) => row['tenant']))).toEqual(new Set([tenant]));
      for (const row of found.flat()) connections.add(row['pid']);
      expect(await database.query(forgetful)).toEqual([]);
    }
  } finally {
    await database.close();
  }
  return connections;
}

test('of clients that share its connections, each has the rows of its own tenant', async () => {
  await using pooler = await poolerBefore(opened.url, { connections: 2 });
  const used = await Promise.all(['ours', 'theirs', 'others'].map((tenant) => sharePooler(pooler.url, tenant)));
  // All of them went by the same two.
  expect(new Set(used.flatMap((connections) => [...connections])).size).toBe(2);
});
