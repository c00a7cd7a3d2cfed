import type { ForkThreadParams } from '@threadstore/core';
import { checkForkThread, resolveLimits } from '@threadstore/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../src/index.ts';
import type { ForkExtent } from '../src/operations/fork-extent.ts';
import { forkStatement } from '../src/operations/fork-thread.ts';
import { type Planning, plannings } from './support/plans.ts';

const tenant = 'big';
const source = '00000000-0000-0000-0000-000000000002';
const threadId = '0191a000-7777-7000-8000-000000000001';
async function plan(database: Database, extent: ForkExtent, params: Partial<ForkThreadParams> = {}): Promise<string> {
  const fork = checkForkThread({ threadId, sourceThreadId: source, ...params }, resolveLimits());
  const { text, params: given } = forkStatement({ tenant, threadId }, fork, extent, 30_000);
  const rows = await database.query(`explain (costs off) ${text}`, given.values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const fill = [
  `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized, next_ordinal)
   select (array['big', 'other'])[1 + n % 2], lpad(n::text, 32, '0')::uuid, 1, true, 1000 from generate_series(1, 20000) as n`,
  `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
   select 'big', lpad(id::text, 32, '0')::uuid, n, 1, n, '{"type":"x"}'
   from generate_series(2, 40, 2) as id, generate_series(0, 999) as n`,
  `insert into threadstore.turns (tenant, thread_id, first_ordinal, end_ordinal, turn_id, explicit, status, shows)
   select tenant, thread_id, ordinal, ordinal + 10, 'turn-' || ordinal, true, 'completed', true
   from threadstore.items where ordinal % 10 = 0`,
  `insert into threadstore.late_items (tenant, thread_id, ordinal, first_ordinal)
   select tenant, thread_id, ordinal, 0 from threadstore.items where ordinal % 50 = 25`,
  `insert into threadstore.hidden_items (tenant, thread_id, from_ordinal, until_ordinal)
   select tenant, thread_id, ordinal, ordinal + 5 from threadstore.items where ordinal % 20 = 13`,
];

describe.each(plannings)('$name', ({ open }) => {
  let opened: Planning;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  describe.each(['tables that nothing is known of yet', 'large tables'])('%s', (state) => {
    beforeAll(async () => {
      if (state !== 'large tables') return;
      for (const text of fill) await opened.admin.query(text);
      await opened.admin.query('analyze');
    });

    test.each([
      ['all items', { until: null, hasUserMessage: false }],
      ['a part', { until: 400n, hasUserMessage: true }],
    ])('a fork of %s reads the rows of its source alone', async (_, extent) => {
      const text = await plan(opened.as(tenant), extent, {
        metadata: { title: 't', preview: 'p', firstUserMessage: 'f' },
      });
      const key = String.raw`\(\(tenant = 'big'::text\) AND \(thread_id = '[-0]+2'::uuid\)`;
      // All of them begin with the key of the thread, or with its id.
      const indexes = [
        'threads_pkey',
        'items_pkey',
        'turns_(pkey|by_id)',
        'late_items_(pkey|by_turn)',
        'hidden_items_pkey',
      ];
      for (const index of indexes) expect(text).toMatch(new RegExp(` ${index}\\b`));
      expect(text.match(new RegExp(`Index Cond: ${key}`, 'g'))?.length).toBeGreaterThanOrEqual(4);
      expect(text).toMatch(new RegExp(`Index Cond: ${key} AND \\(ordinal < forked\\w*\\.next_ordinal\\)`));
      expect(text).not.toMatch(/Seq Scan|Sort/);
    });
  });
});
