import { Client } from 'pg';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';

/** A reader of threadstore's own table: a SELECT of the whole thread, again and again. */
export const postgresReads: OpenLoad = async ({ place, threadId, parse = false }) => {
  const client = new Client({ connectionString: place });
  await client.connect();
  const read = async (): Promise<number> => {
    const { rows } = await client.query<{ body: string }>({
      name: 'read',
      text: 'select body from threadstore.items where tenant = $1 and thread_id = $2 order by ordinal',
      values: ['default', threadId],
    });
    const objects = rows.map(({ body }): unknown => (parse ? JSON.parse(body) : body));
    return objects.length;
  };
  return { round: (seconds) => repeat([read], seconds) };
};
