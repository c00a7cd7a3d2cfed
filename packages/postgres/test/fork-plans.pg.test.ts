import type { ForkThreadParams } from '@threadstore/core';
import { checkForkThread, resolveLimits } from '@threadstore/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../src/index.ts';
import type { ForkExtent } from '../src/operations/fork-extent.ts';
import { forkStatement } from '../src/operations/fork-thread.ts';
import { fillTables } from './support/large-tables.ts';
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

describe.each(plannings)('$name', ({ open }) => {
  let opened: Planning;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  describe.each(['tables that nothing is known of yet', 'large tables'])('%s', (state) => {
    beforeAll(async () => {
      if (state !== 'large tables') return;
      await fillTables(opened.admin);
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
