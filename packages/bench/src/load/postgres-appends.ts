import { Pool } from 'pg';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import { connections } from '../postgres/items-table.ts';
import type { OpenLoad } from './load.ts';

/** The writers of `threadstoreAppends`, with an INSERT by node-postgres in the place of a store. */
export const postgresAppends: OpenLoad = async ({ place, workers = 1 }) => {
  const pool = new Pool({ connectionString: place, max: connections, idleTimeoutMillis: 0 });
  const writers = Array.from({ length: workers }, () => {
    const threadId = crypto.randomUUID();
    let ordinal = 0;
    return async (): Promise<number> => {
      await pool.query({
        // A prepared statement, the fastest that node-postgres has.
        name: 'append',
        text: 'insert into items (tenant, thread_id, ordinal, body) values ($1, $2, $3, $4)',
        values: ['default', threadId, ordinal, item],
      });
      ordinal += 1;
      return 1;
    };
  });
  return { round: (seconds) => repeat(writers, seconds) };
};
