import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Client } from 'pg';
import { items } from '../item.ts';
import type { Timing } from '../measuring/timing.ts';
import { rival } from '../rivals.ts';
import type { OpenLoad } from './load.ts';

interface CopyStreams {
  /** What `Client.query` takes and gives back. */
  readonly from: (statement: string) => Writable & { submit(connection: unknown): void };
}

const batch = items(500);

/** One COPY of a round's rows, in one transaction, written 500 rows at a time as `threadstoreBatches` does. */
export const postgresCopy: OpenLoad = async ({ place }) => {
  const { from } = rival<CopyStreams>('pg-copy-streams');
  const client = new Client({ connectionString: place });
  await client.connect();
  const threadId = crypto.randomUUID();
  let ordinal = 0;
  const rows = (): string =>
    batch.map((text) => `default\t${threadId}\t${ordinal++}\t${text.replaceAll('\\', '\\\\')}\n`).join('');
  const round = async (seconds: number): Promise<Timing> => {
    const start = performance.now();
    const first = ordinal;
    const copy = client.query(from('copy items (tenant, thread_id, ordinal, body) from stdin'));
    while (performance.now() - start < seconds * 1_000) {
      if (!copy.write(rows())) await once(copy, 'drain');
    }
    copy.end();
    await finished(copy);
    return { items: ordinal - first, seconds: (performance.now() - start) / 1_000 };
  };
  return { round };
};
