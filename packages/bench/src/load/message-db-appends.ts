import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import { connections } from '../postgres/items-table.ts';
import { rivalFolder } from '../rivals.ts';
import type { OpenLoad } from './load.ts';

/** In the order of the package's install.sh, but for roles, privileges and views, which writing needs none of. */
const installation = [
  'schema/message-store',
  'extensions/pgcrypto',
  'tables/messages',
  'types/message',
  'functions/message-store-version',
  'functions/hash-64',
  'functions/acquire-lock',
  'functions/category',
  'functions/is-category',
  'functions/id',
  'functions/cardinal-id',
  'functions/stream-version',
  'functions/write-message',
  'indexes/messages-id',
  'indexes/messages-stream',
  'indexes/messages-category',
];

/** The writers of `threadstoreAppends`, on Message DB's `write_message`: a message at a time to a stream of their own. */
export const messageDbAppends: OpenLoad = async ({ place, workers = 1 }) => {
  const pool = new Pool({
    connectionString: place,
    max: connections,
    idleTimeoutMillis: 0,
    options: '-c search_path=message_store,public -c client_min_messages=warning',
  });
  for (const name of installation) {
    await pool.query(await readFile(join(rivalFolder('@eventide/message-db'), 'database', `${name}.sql`), 'utf8'));
  }
  const writers = Array.from({ length: workers }, () => {
    const stream = `thread-${crypto.randomUUID()}`;
    return async (): Promise<number> => {
      await pool.query({
        name: 'append',
        text: 'select write_message($1, $2, $3, $4)',
        values: [crypto.randomUUID(), stream, 'response_item', item],
      });
      return 1;
    };
  });
  return { round: (seconds) => repeat(writers, seconds) };
};
