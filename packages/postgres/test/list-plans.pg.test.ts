import { randomUUID } from 'node:crypto';
import type { ListThreadsParams } from '@threadstore/core';
import { checkListThreads, resolveLimits } from '@threadstore/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listStatement } from '../src/operations/list-threads.ts';
import { type Planning, plannings } from './support/plans.ts';

const tenant = 'big';
const context = { tenant, limits: resolveLimits() };

describe.each(plannings)('$name', ({ open }) => {
  let opened: Planning;

  async function plan(params: ListThreadsParams): Promise<string> {
    const { text, params: given } = listStatement(tenant, checkListThreads(params, context));
    const rows = await opened.as(tenant).query(`explain (costs off) ${text}`, given.values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  beforeAll(async () => {
    opened = await open();
    // Two large tenants among small ones, a third of the threads archived, every fifth with a parent, every seventh a fork.
    await opened.admin.query(
      `insert into threadstore.threads
         (tenant, thread_id, parent_thread_id, forked_from_id, cwd, created_at, updated_at, recency_at, archived_at, writer_epoch, materialized)
       select (array['big', 'other', 'small-' || n])[1 + n % 3], gen_random_uuid(),
         case when n % 5 = 0 then lpad((n % 50)::text, 32, '0')::uuid end,
         case when n % 7 = 0 then lpad((n % 70)::text, 32, '0')::uuid end, '/project-' || n % 500,
         now() - n * interval '1 second', now() - n * 7919 % 30000 * interval '1 second', now() - n * interval '1 minute',
         case when n % 7 > 4 then now() end, 1, true
       from generate_series(1, 30000) as n`,
    );
    await opened.admin.query('analyze threadstore.threads');
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  describe.each(['created_at', 'updated_at', 'recency_at'] as const)('sorted by %s', (sortKey) => {
    describe.each([false, true])('archived: %s', (archived) => {
      const index = `${archived ? 'archived_' : ''}threads_by_${sortKey.replace('_at', '')} `;

      test.each(['asc', 'desc'] as const)(
        '%s: a page is read along the index, wherever it begins',
        async (sortDirection) => {
          const first = { sortKey, sortDirection, archived };
          const pages = [first, { ...first, cursor: '2026-01-01T00:00:00Z' }];
          for (const page of pages) {
            const text = await plan(page);
            expect(text).toContain(index);
            expect(text).not.toMatch(/Sort|Seq Scan/);
          }
        },
      );
    });
  });

  test('a cursor with an id is a condition of the index', async () => {
    const { text, params } = listStatement(tenant, {
      ...checkListThreads({}, context),
      after: { time: new Date(), threadId: '00000000-0000-4000-8000-000000000000' },
    });
    const rows = await opened.as(tenant).query(`explain (costs off) ${text}`, params.values);
    const shown = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(shown).toMatch(/Index Cond: .*ROW\(created_at, thread_id\) < ROW/);
    expect(shown).not.toMatch(/Sort|Seq Scan/);
  });

  test('few threads of a directory, and the children and forks of a thread, are found by an index of theirs', async () => {
    for (const cwdFilters of [['/project-3'], ['/project-3', '/project-4', 'x'.repeat(1_024)]]) {
      const ofDirectories = await plan({ cwdFilters });
      expect(ofDirectories).toContain('threads_by_cwd');
      expect(ofDirectories).toMatch(/Index Cond: .*cwd = ANY/);
    }
    const parent = '00000000-0000-0000-0000-000000000030';
    expect(await plan({ relation: { directChildrenOf: parent } })).toContain('threads_by_parent');
    expect(await plan({ relation: { forksOf: parent } })).toContain('threads_by_source');
    const descendants = await plan({ relation: { descendantsOf: parent } });
    expect(descendants).toMatch(/threads_by_parent[^]*threads_by_parent/);
    expect(descendants).not.toContain('Seq Scan');
  });

  test('of few threads that come into question, no others are read', async () => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    const { text, params } = listStatement(tenant, checkListThreads({}, context), ids);
    const rows = await opened.as(tenant).query(`explain (costs off) ${text}`, params.values);
    const shown = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(shown).toMatch(/Index Cond: .*thread_id = ANY/);
    expect(shown).not.toContain('Seq Scan');
  });
});
