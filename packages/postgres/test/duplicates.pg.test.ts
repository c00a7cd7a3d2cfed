import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { backends, type TestDatabase } from './support/databases.ts';
import { item, items, writtenThread } from './support/threads.ts';

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  test('in a thread of thousands of batches of many epochs each retry finds its own', async () => {
    const threadId = randomUUID();
    await store.createThread({ threadId });
    const { database } = opened;
    // As 40 writers would have left it: 100 batches each, of one, two or three items.
    await database.query(
      `with batches as (
         select epoch, sequence, (epoch * 7 + sequence) % 3 + 1 as size,
           sum((epoch * 7 + sequence) % 3 + 1) over (order by epoch, sequence) as until
         from generate_series(1::bigint, 40) as epoch, generate_series(0::bigint, 99) as sequence
       ), filled as (
         insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
         select 'default', $1::uuid, until - size + n - 1, epoch, sequence, format('{"type":"%s %s %s"}', epoch, sequence, n)
         from batches, generate_series(1, size) as n returning 1
       )
       update threadstore.threads
       set materialized = true, writer_epoch = 40, writer_seq = 100, next_ordinal = (select sum(size) from batches)
       where thread_id = $1::uuid`,
      [threadId],
    );
    const { items: stored } = await store.loadHistory({ threadId });
    const batches: { epoch: number; sequence: number; first: number; size: number }[] = [];
    for (let epoch = 1, first = 0; epoch <= 40; epoch += 1) {
      for (let sequence = 0; sequence < 100; sequence += 1) {
        const size = ((epoch * 7 + sequence) % 3) + 1;
        batches.push({ epoch, sequence, first, size });
        first += size;
      }
    }
    const asked = batches.filter(({ epoch, sequence }) => epoch === 40 || [0, 1, 49, 98, 99].includes(sequence));
    for (const { epoch, sequence, first, size } of asked) {
      const batch = stored.slice(first, first + size);
      const retry = { threadId, epoch: BigInt(epoch), sequence: BigInt(sequence), items: batch };
      expect({ epoch, sequence, ...(await store.appendItems(retry)) }).toEqual({
        epoch,
        sequence,
        firstOrdinal: BigInt(first),
        lastOrdinal: BigInt(first + size - 1),
        duplicate: true,
      });
    }
    expect((await store.readThread({ threadId })).nextOrdinal).toBe(BigInt(stored.length));
  });

  test('other items, fewer or more, of a stored sequence are refused, wherever the batch stands', async () => {
    const { threadId, epoch } = await writtenThread(store, items(3, 'first'));
    await store.appendItems({ threadId, epoch, sequence: 1n, items: items(2, 'second') });
    await store.appendItems({ threadId, epoch, sequence: 2n, items: items(2, 'third') });
    const stored = [items(3, 'first'), items(2, 'second'), items(2, 'third')];
    for (const [sequence, batch] of stored.entries()) {
      const others = [
        batch.slice(1),
        batch.slice(0, -1),
        [...batch, item('more')],
        batch.toReversed(),
        [item('other')],
      ];
      for (const other of others) {
        const again = store.appendItems({ threadId, epoch, sequence: BigInt(sequence), items: other });
        await expect(again).rejects.toMatchObject({ reason: 'SEQUENCE_REUSED', effect: 'none' });
      }
    }
  });

  test('a duplicate of a fenced writer keeps its ordinals; its next batch is fenced', async () => {
    const { threadId, epoch } = await writtenThread(store);
    const next = await store.resumeThread({ threadId, takeover: 'steal' });
    await store.appendItems({ threadId, epoch: next.epoch, sequence: 0n, items: items(1, 'new') });
    expect(await store.appendItems({ threadId, epoch, sequence: 0n, items: items(2) })).toEqual({
      firstOrdinal: 0n,
      lastOrdinal: 1n,
      duplicate: true,
    });
    const fenced = store.appendItems({ threadId, epoch, sequence: 1n, items: items(2) });
    await expect(fenced).rejects.toMatchObject({ reason: 'FENCED' });
  });

  test('a duplicate writes to the thread, so that its commit waits for a standby', async () => {
    const { threadId, epoch } = await writtenThread(store);
    const version = async (): Promise<unknown> =>
      opened.database.query('select xmin from threadstore.threads where thread_id = $1', [threadId]);
    const before = await version();
    await store.appendItems({ threadId, epoch, sequence: 0n, items: items(2) });
    expect(await version()).not.toEqual(before);
  });
});
