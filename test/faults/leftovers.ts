import { withClient } from '@threadstore/testkit';
import type { Recorder } from './history/recorder.ts';

/** Records the rows that the database still has of threads that were deleted, in any table but that of the tombstones. */
export async function recordLeftovers(databaseUrl: string, recorder: Pick<Recorder, 'record'>): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'threadstore' and column_name = 'thread_id' and table_name <> 'threads' order by name`,
    );
    for (const { name: table } of tables) {
      const { rows: left } = await client.query<{ thread: string; rows: string }>(
        `select thread_id::text as thread, count(*)::text as rows
         from threadstore.threads join threadstore.${client.escapeIdentifier(table)} using (tenant, thread_id)
         where deleted_at is not null group by thread_id`,
      );
      for (const { thread, rows } of left) recorder.record({ type: 'leftover', thread, table, rows: Number(rows) });
    }
  });
}
