import { createScratchDatabase } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { migrations } from '../src/gen/migrations.ts';
import { connectPostgres, migrate } from '../src/index.ts';

test.each(['repeatable read', 'serializable'])(
  'migrations that race, where transactions are %s unless they say otherwise',
  async (isolation) => {
    await using scratch = await createScratchDatabase();
    const url = new URL(scratch.url);
    url.searchParams.set('options', `-c default_transaction_isolation=${isolation.replace(' ', String.raw`\ `)}`);
    const databases = Array.from({ length: 4 }, () => connectPostgres({ connectionString: url.href }));
    try {
      const results = await Promise.all(databases.map((database) => migrate(database)));
      const to = migrations.length;
      expect(results.toSorted((a, b) => a.from - b.from)).toEqual([
        { from: 0, to },
        ...Array.from({ length: 3 }, () => ({ from: to, to })),
      ]);
    } finally {
      await Promise.all(databases.map((database) => database.close()));
    }
  },
);
