import { randomUUID } from 'node:crypto';
import { connectPostgres, PostgresThreadStore } from '@threadstore/postgres';
import { createScratchDatabase, migrated, withClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import type { HistoryLine } from './history/lines.ts';
import { recordLeftovers } from './leftovers.ts';

test('rows of a deleted thread are found in whatever table they are left, and those of others are not', async () => {
  await using database = await createScratchDatabase(migrated);
  await using connection = connectPostgres({ connectionString: database.url });
  await using store = new PostgresThreadStore({ database: connection });
  const [kept, gone] = [randomUUID(), randomUUID()];
  for (const threadId of [kept, gone]) {
    const { epoch } = await store.createThread({ threadId });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: ['{"type":"note"}'] });
  }
  const left = async (): Promise<readonly HistoryLine[]> => {
    const lines: HistoryLine[] = [];
    await recordLeftovers(database.url, { record: (line) => lines.push(line) });
    return lines;
  };
  await store.deleteThread({ threadId: gone });
  expect(await left()).toEqual([]);
  await withClient(database.url, (client) =>
    client.query('update threadstore.items set thread_id = $1 where thread_id = $2', [gone, kept]),
  );
  expect(await left()).toEqual([{ type: 'leftover', thread: gone, table: 'items', rows: 1 }]);
});
