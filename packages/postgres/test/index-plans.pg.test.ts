import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { turnItemsStatement } from '../src/operations/list-items.ts';
import { itemsOfTurnsStatement, sizesStatement, turnsStatement } from '../src/operations/list-turns.ts';
import { placedStatement } from '../src/operations/placed-items.ts';
import { hiddenStatement } from '../src/operations/visible-ordinals.ts';
import { latestSettings, latestStatement, probeSettings, probeStatement } from '../src/search/candidates.ts';
import { behindStatement } from '../src/search/search-threads.ts';
import { lastTurnStatement, namedTurnsStatement } from '../src/thread-index/catch-up.ts';
import { droppedStatement } from '../src/thread-index/chunk-table.ts';
import { fillTables } from './support/large-tables.ts';
import { genericPlan, type Planning, plannings } from './support/plans.ts';

interface Planned {
  readonly name: string;
  readonly text: string;
  readonly types: readonly string[];
  /** Every index that it reads. */
  readonly indexes: readonly string[];
  readonly settings?: string;
}

const thread = ['text', 'uuid'];
const directions = ['asc', 'desc'] as const;

const statements: readonly Planned[] = [
  ...directions.flatMap((direction): Planned[] => [
    {
      name: `first turns, ${direction}`,
      text: turnsStatement(direction, null),
      types: [...thread, 'bigint', 'bigint'],
      indexes: ['turns_pkey'],
    },
    {
      name: `turns from a place on, ${direction}`,
      text: turnsStatement(direction, { ordinal: 1n, inclusive: true }),
      types: [...thread, 'bigint', 'bigint', 'bigint'],
      indexes: ['turns_pkey'],
    },
    {
      name: `hidden ranges, ${direction}`,
      text: hiddenStatement(direction),
      types: [...thread, 'bigint', 'bigint', 'bigint'],
      indexes: ['hidden_items_pkey'],
    },
  ]),
  {
    name: 'the sizes of turns',
    text: sizesStatement,
    types: [...thread, 'bigint[]', 'bigint[]'],
    indexes: ['items_pkey', 'late_items_pkey', 'late_items_by_turn'],
  },
  {
    name: 'items with their turns',
    text: placedStatement.text,
    types: ['text', 'uuid[]', 'bigint[]', 'bigint'],
    indexes: ['items_pkey', 'late_items_pkey', 'turns_pkey'],
  },
  { name: 'the last turn', text: lastTurnStatement, types: thread, indexes: ['turns_pkey'] },
  { name: 'turns by id', text: namedTurnsStatement, types: [...thread, 'text[]'], indexes: ['turns_by_id'] },
  { name: 'the last turns', text: droppedStatement, types: [...thread, 'bigint'], indexes: ['turns_pkey'] },
  {
    name: 'the latest messages with some words',
    text: latestStatement,
    types: ['text', 'uuid[]', 'bigint[]', 'text', 'boolean', 'bigint'],
    indexes: ['messages_pkey'],
    settings: latestSettings,
  },
  { name: 'threads that are behind', text: behindStatement, types: ['text', 'bigint'], indexes: ['threads_behind'] },
];

const tenant = 'big';

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

    test.each(statements)('$name: by key', async ({ text, types, indexes, settings }) => {
      const plan = await genericPlan(opened.as(tenant), text, types, settings);
      for (const index of indexes) expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
    });

    test.each(statements.filter(({ name }) => /turns|hidden|last turn|latest/.test(name) && !/sizes|items/.test(name)))(
      '$name: nothing is sorted',
      async ({ text, types, settings }) => {
        expect(await genericPlan(opened.as(tenant), text, types, settings)).not.toContain('Sort');
      },
    );

    test.each(directions)('the items of a turn, %s: along the keys, and only a page is sorted', async (direction) => {
      const plan = await genericPlan(opened.as(tenant), turnItemsStatement(direction), [
        ...thread,
        ...Array<string>(5).fill('bigint'),
      ]);
      for (const index of ['items_pkey', 'late_items_pkey', 'late_items_by_turn']) expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
      // What is sorted, if anything, are the two pages that are merged.
      expect(plan.split('\n').filter((line) => line.includes('Sort  '))).toHaveLength(0);
    });

    test('all items of turns: by key', async () => {
      const plan = await genericPlan(opened.as(tenant), itemsOfTurnsStatement, [...thread, 'bigint[]', 'bigint[]']);
      for (const index of ['items_pkey', 'late_items_pkey', 'late_items_by_turn']) expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
    });

    test.each([`'t:n7'`, `'t:all' & 't:n':*`])('messages with %s are found by their words', async (words) => {
      const plan = await opened.as(tenant).transaction(async ({ query, script }) => {
        await script(probeSettings);
        return query(`explain (costs off) ${probeStatement}`, [tenant, words, 'false']);
      });
      const text = plan.map((row) => row['QUERY PLAN']).join('\n');
      expect(text).toContain('messages_by_word');
      expect(text).not.toContain('Seq Scan');
    });
  });
});
