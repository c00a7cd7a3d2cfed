import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendStatement } from '../src/operations/append-items.ts';
import { findStatement } from '../src/operations/find-batch.ts';
import { rangeStatement } from '../src/operations/read-history.ts';
import { emptyTables, serverDatabase, type TestDatabase } from './support/databases.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await serverDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

/** The plan that serves all parameters, which is what a connection comes to use. */
async function genericPlan(text: string, types: readonly string[]): Promise<string> {
  return opened.database.transaction(async ({ query, script }) => {
    await script(`set local plan_cache_mode = force_generic_plan; prepare planned (${types.join(', ')}) as ${text}`);
    try {
      const rows = await query(`explain (costs off) execute planned (${types.map(() => 'null').join(', ')})`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await script('deallocate planned');
    }
  });
}

const appendTypes = [
  'text',
  'uuid[]',
  'bigint[]',
  'bigint[]',
  'int[]',
  'int[]',
  'int[]',
  'bigint',
  'text[]',
  'int[]',
  'int[]',
];
const byPlace = /TID Cond: \((free\.place = ctid|ctid = free\.place)\)/;
const byKey = /Index Cond: \(\(tenant = \$1\) AND \(thread_id = run\.thread_id\)\)/;

describe('tables that nothing is known of yet', () => {
  beforeEach(() => emptyTables(opened.database));

  test('a group finds and updates the rows of its threads, and reads no others', async () => {
    const plan = await genericPlan(appendStatement.text, appendTypes);
    expect(plan).toMatch(byKey);
    expect(plan).toMatch(byPlace);
    expect(plan).not.toContain('Seq Scan');
  });

  test('a duplicate is searched for by keys', async () => {
    const plan = await genericPlan(findStatement, ['text', 'uuid', 'bigint', 'bigint', 'text[]']);
    expect(plan).toMatch(/Index Cond: \(\(tenant = \$1\) AND \(thread_id = \$2\) AND \(ordinal = /);
    expect(plan).not.toContain('Seq Scan');
  });
});

describe('large tables', () => {
  beforeAll(async () => {
    await opened.database.query(
      `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized)
       select 'big', gen_random_uuid(), 1, true from generate_series(1, 20000)`,
    );
    await opened.database.query(
      `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
       select 'big', id, n, 1, n, '{"type":"x"}'
       from unnest($1::uuid[]) as id, generate_series(0, 4999) as n`,
      [Array.from({ length: 6 }, () => randomUUID())],
    );
    await opened.database.query('analyze threadstore.threads, threadstore.items');
  });

  test('a group finds and updates the rows of its threads, and reads no others', async () => {
    const plan = await genericPlan(appendStatement.text, appendTypes);
    expect(plan).toMatch(byKey);
    expect(plan).toMatch(byPlace);
    expect(plan).not.toContain('Seq Scan');
  });

  test('a page of a history is read along the key', async () => {
    const plan = await genericPlan(rangeStatement.text, ['text', 'uuid', 'bigint', 'bigint', 'int']);
    expect(plan).toMatch(/Index Scan using items_pkey on items/);
    expect(plan).toMatch(
      /Index Cond: \(\(tenant = \$1\) AND \(thread_id = \$2\) AND \(ordinal >= \$3\) AND \(ordinal < \$4\)\)/,
    );
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });
});
