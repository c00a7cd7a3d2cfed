import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendStatements } from '../src/operations/append-items.ts';
import { fencePageStatement } from '../src/operations/fence-threads.ts';
import { findStatement } from '../src/operations/find-batches.ts';
import { rangeStatement } from '../src/operations/read-history.ts';
import { emptyTables } from './support/databases.ts';
import { genericPlan, type Planning, plannings } from './support/plans.ts';

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
  'bigint[]',
  'boolean[]',
];
const statements = Object.entries(appendStatements).flatMap(([name, withPatches]) =>
  Object.entries(withPatches).map(([patches, { text }]) => ({
    text,
    types: [...appendTypes, ...(patches === 'none' ? [] : ['jsonb[]']), ...(name === 'withTurns' ? ['json'] : [])],
  })),
);
const byPlace = /TID Cond: \((free\.place = ctid|ctid = free\.place)\)/;
const byKey = /Index Cond: \(\(tenant = \$1\) AND \(thread_id = run\.thread_id\)\)/;

const tenant = 'big';

async function expectKeyedSearch(opened: Planning): Promise<void> {
  const types = ['text', 'uuid[]', 'bigint[]', 'bigint[]', 'int[]', 'text[]'];
  const plan = await genericPlan(opened.as(tenant), findStatement.text, types);
  expect(plan).toMatch(/Index Cond: \(\(tenant = \$1\) AND \(thread_id = given\.id\)\)/);
  expect(plan).toMatch(/Index Cond: \(\(tenant = \$1\) AND \(thread_id = given\.id\) AND \(ordinal = /);
  expect(plan).toMatch(/Index Cond: \(\(tenant = \$1\) AND \(thread_id = given\.id\) AND \(ordinal >= /);
  expect(plan).not.toContain('Seq Scan');
}

describe.each(plannings)('$name', ({ open }) => {
  let opened: Planning;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  describe('tables that nothing is known of yet', () => {
    beforeEach(() => emptyTables(opened.admin));

    test('a group finds and updates the rows of its threads, and reads no others', async () => {
      for (const { text, types } of statements) {
        const plan = await genericPlan(opened.as(tenant), text, types);
        expect(plan).toMatch(byKey);
        expect(plan).toMatch(byPlace);
        expect(plan).not.toContain('Seq Scan');
      }
    });

    test('what is stored already is searched for by keys', () => expectKeyedSearch(opened));
  });

  describe('large tables', () => {
    beforeAll(async () => {
      await opened.admin.query(
        `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized)
         select 'big', gen_random_uuid(), 1, true from generate_series(1, 20000)`,
      );
      await opened.admin.query(
        `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
         select 'big', id, n, 1, n, '{"type":"x"}'
         from unnest($1::uuid[]) as id, generate_series(0, 4999) as n`,
        [Array.from({ length: 6 }, () => randomUUID())],
      );
      await opened.admin.query('analyze threadstore.threads, threadstore.items');
    });

    test('a group finds and updates the rows of its threads, and reads no others', async () => {
      for (const { text, types } of statements) {
        const plan = await genericPlan(opened.as(tenant), text, types);
        expect(plan).toMatch(byKey);
        expect(plan).toMatch(byPlace);
        expect(plan).not.toContain('Seq Scan');
      }
    });

    test('what is stored already is searched for by keys', () => expectKeyedSearch(opened));

    test('a page of threads is fenced along the key', async () => {
      const plan = await genericPlan(opened.as(tenant), fencePageStatement, ['text', 'uuid', 'bigint']);
      expect(plan).toMatch(/Index Scan using threads_pkey on threads/);
      expect(plan).toMatch(/Index Cond: \(\(tenant = \$1\) AND \(thread_id > \$2\)\)/);
      expect(plan).toMatch(byPlace);
      expect(plan).not.toContain('Seq Scan');
    });

    test('a page of a history is read along the key', async () => {
      const plan = await genericPlan(opened.as(tenant), rangeStatement.text, [
        'text',
        'uuid',
        'bigint',
        'bigint',
        'int',
      ]);
      expect(plan).toMatch(/Index Scan using items_pkey on items/);
      expect(plan).toMatch(
        /Index Cond: \(\(tenant = \$1\) AND \(thread_id = \$2\) AND \(ordinal >= \$3\) AND \(ordinal < \$4\)\)/,
      );
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    });
  });
});
