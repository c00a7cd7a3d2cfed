import { randomUUID } from 'node:crypto';
import type { ExternalAppendParams, ThreadId } from '@threadstore/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { backends, emptyTables, type TestDatabase } from './support/databases.ts';
import { failure } from './support/errors.ts';
import { item, items, writtenThread } from './support/threads.ts';

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;
  let other: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
    other = new PostgresThreadStore({ database: opened.database });
  });
  beforeEach(() => emptyTables(opened.database));
  afterAll(() => opened[Symbol.asyncDispose]());

  function external(threadId: ThreadId, operationId: string, batch = items(2, operationId)): ExternalAppendParams {
    return { threadId, external: true, operationId, items: batch };
  }

  async function labels(threadId: ThreadId): Promise<readonly string[]> {
    const rows = await opened.database.query(
      'select epoch, sequence, external from threadstore.items where thread_id = $1 order by ordinal',
      [threadId],
    );
    return rows.map((row) => `${row['epoch']}/${row['sequence']} ${row['external']}`);
  }

  test('between the batches of writers it has the epoch and the sequence of the one before', async () => {
    const { threadId, epoch } = await writtenThread(store, [item('0')]);
    await store.appendItems(external(threadId, 'a', [item('a')]));
    await store.appendItems({ threadId, epoch, sequence: 1n, items: [item('1')] });
    const next = await store.resumeThread({ threadId, takeover: 'steal' });
    await store.appendItems(external(threadId, 'b', [item('b')]));
    await store.appendItems({ threadId, epoch: next.epoch, sequence: 0n, items: [item('2')] });
    expect(await labels(threadId)).toEqual(['1/0 f', '1/0 t', '1/1 f', '2/-1 t', '2/0 f']);
  });

  test('retries of writers find their batches among external items, also equal ones', async () => {
    const { threadId, epoch } = await writtenThread(store, [item('same')]);
    for (const number of [1, 2, 3, 4]) {
      await store.appendItems(external(threadId, `${number}`, [item('same'), item('same')]));
      await store.appendItems({ threadId, epoch, sequence: BigInt(number), items: [item('same')] });
    }
    for (const number of [0, 1, 2, 3, 4]) {
      const batch = { threadId, epoch, sequence: BigInt(number), items: [item('same')] };
      const ordinal = BigInt(3 * number);
      expect(await other.appendItems(batch)).toEqual({ firstOrdinal: ordinal, lastOrdinal: ordinal, duplicate: true });
      const longer = other.appendItems({ ...batch, items: [item('same'), item('same')] });
      expect(await failure(longer)).toMatchObject({ reason: 'SEQUENCE_REUSED' });
    }
  });

  test('one operation id sent by two stores at once, many times: stored once, and all get its ordinals', async () => {
    const { threadId, epoch } = await writtenThread(store);
    const writing = Promise.all(
      items(20, 'writer').map((text, index) =>
        store.appendItems({ threadId, epoch, sequence: BigInt(index + 1), items: [text] }),
      ),
    );
    const operations = ['one', 'two', 'three'];
    const answers = await Promise.all(
      operations.map((operationId) =>
        Promise.all(
          [store, other, store, other, other].map((sender) => sender.appendItems(external(threadId, operationId))),
        ),
      ),
    );
    await writing;
    const stored = (await store.loadHistory({ threadId })).items;
    for (const [index, operationId] of operations.entries()) {
      const all = answers[index] ?? [];
      expect(new Set(all.map(({ firstOrdinal }) => firstOrdinal)).size).toBe(1);
      expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      const first = Number(all[0]?.firstOrdinal);
      expect(stored.slice(first, first + 2)).toEqual(items(2, operationId));
    }
    expect(stored).toHaveLength(2 + 20 + 3 * 2);
  });

  test('one operation id sent at once with other items: one is stored, the others are refused', async () => {
    const { threadId } = await writtenThread(store);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((count) =>
        (count % 2 === 0 ? store : other).appendItems(external(threadId, 'id', items(count, 'x'))),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject(
      Array(3).fill({ reason: { reason: 'OPERATION_REUSED', effect: 'none', details: { operationId: 'id' } } }),
    );
  });

  test('a retry is answered when the thread is archived; deleted, nothing is left to find', async () => {
    const { threadId, epoch } = await writtenThread(store);
    await store.appendItems(external(threadId, 'a'));
    await store.shutdownThread({ threadId, epoch });
    await store.archiveThread({ threadId });
    expect(await other.appendItems(external(threadId, 'a'))).toMatchObject({ firstOrdinal: 2n, duplicate: true });
    expect(await failure(other.appendItems(external(threadId, 'b')))).toMatchObject({ reason: 'THREAD_ARCHIVED' });
    await store.deleteThread({ threadId });
    expect(await failure(other.appendItems(external(threadId, 'a')))).toMatchObject({ reason: 'THREAD_DELETED' });
    expect(await opened.database.query('select from threadstore.external_appends')).toHaveLength(0);
  });

  test('a thread that only its creator knows, or that never was, takes none', async () => {
    const { threadId } = await store.createThread({ threadId: randomUUID() });
    for (const id of [threadId, randomUUID()]) {
      expect(await failure(store.appendItems(external(id, 'a')))).toMatchObject({ reason: 'THREAD_NOT_FOUND' });
    }
    expect((await opened.database.query('select from threadstore.items')).length).toBe(0);
  });

  test('it leaves the writer as it is, and commits its metadata with the items', async () => {
    const { threadId, epoch } = await writtenThread(store);
    const before = await store.readThread({ threadId });
    await store.appendItems({ ...external(threadId, 'a'), metadata: { name: 'noted' } });
    const after = await store.readThread({ threadId });
    expect(after).toEqual({ ...before, name: 'noted', nextOrdinal: 4n });
    expect(await store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) })).toMatchObject({
      firstOrdinal: 4n,
    });
  });

  test('a duplicate writes to the thread, so that its commit waits for a standby', async () => {
    const { threadId } = await writtenThread(store);
    await store.appendItems(external(threadId, 'a'));
    const version = async (): Promise<unknown> =>
      opened.database.query('select xmin from threadstore.threads where thread_id = $1', [threadId]);
    const before = await version();
    await store.appendItems(external(threadId, 'a'));
    expect(await version()).not.toEqual(before);
  });
});
