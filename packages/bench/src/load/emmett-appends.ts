import { Pool } from 'pg';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import { connections } from '../postgres/items-table.ts';
import { rival } from '../rivals.ts';
import type { OpenLoad } from './load.ts';

interface Emmett {
  readonly getPostgreSQLEventStore: (
    connectionString: string,
    options: { readonly connectionOptions: { readonly pool: unknown } },
  ) => {
    readonly schema: { migrate(): Promise<unknown> };
    appendToStream(
      name: string,
      events: readonly { readonly type: string; readonly data: unknown }[],
    ): Promise<unknown>;
  };
}

/** The writers of `threadstoreAppends`, on emmett's event store: an event at a time to a stream of their own. */
export const emmettAppends: OpenLoad = async ({ place, workers = 1 }) => {
  const { getPostgreSQLEventStore } = rival<Emmett>('@event-driven-io/emmett-postgresql');
  // Without a pool that it is given it makes one of ten connections.
  const pool = new Pool({ connectionString: place, max: connections, idleTimeoutMillis: 0 });
  const store = getPostgreSQLEventStore(place, { connectionOptions: { pool } });
  await store.schema.migrate();
  const data: unknown = JSON.parse(item);
  const writers = Array.from({ length: workers }, () => {
    const stream = `thread-${crypto.randomUUID()}`;
    return async (): Promise<number> => {
      await store.appendToStream(stream, [{ type: 'response_item', data }]);
      return 1;
    };
  });
  return { round: (seconds) => repeat(writers, seconds) };
};
