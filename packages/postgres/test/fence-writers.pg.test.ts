import { randomUUID } from 'node:crypto';
import { LiveThread, type ThreadStore, type ThreadStoreErrorReason } from '@threadstore/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fenceWriters, migrate, PostgresThreadStore, type FenceResult } from '../src/index.ts';
import { threadsAtOnce } from '../src/operations/fence-threads.ts';
import { backends, emptyTables, serverDatabase, type TestDatabase } from './support/databases.ts';
import { failure } from './support/errors.ts';
import { waitingForLock, withRowLocked } from './support/locks.ts';
import { ownedDatabase } from './support/owned.ts';
import { turn } from './support/sessions.ts';
import { item, items, type Written, writtenThread } from './support/threads.ts';
import { walledDatabase } from './support/walled.ts';

async function isFenced(store: ThreadStore, { threadId, epoch }: Written, sequence = 1n): Promise<void> {
  const refused: { readonly reason: ThreadStoreErrorReason } = { reason: 'FENCED' };
  expect(await failure(store.appendItems({ threadId, epoch, sequence, items: [item('late')] }))).toMatchObject(refused);
  expect(await failure(store.shutdownThread({ threadId, epoch }))).toMatchObject(refused);
  const { lost } = await store.renewLeases({ writers: [{ threadId, epoch }] });
  expect(lost).toMatchObject([{ threadId, epoch, error: refused }]);
}

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;
  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
  });
  beforeEach(() => emptyTables(opened.database));
  afterAll(async () => {
    await store.close();
    await opened[Symbol.asyncDispose]();
  });

  test('a writer is fenced, resumes under an epoch that was never granted, and goes on', async () => {
    const writer = await writtenThread(store);
    const { threadId } = writer;
    const before = await store.readThread({ threadId });
    const { epoch, threads } = await fenceWriters(opened.database);
    expect(threads).toBe(1);
    await isFenced(store, writer);

    // What was stored is found as it was, and other items under its name are not taken.
    const stored = { ...writer, sequence: 0n };
    const duplicate = { firstOrdinal: 0n, lastOrdinal: 1n, duplicate: true };
    expect(await store.appendItems({ ...stored, items: items(2) })).toEqual(duplicate);
    const other = await failure(store.appendItems({ ...stored, items: items(2, 'other') }));
    expect(other).toMatchObject({ reason: 'SEQUENCE_REUSED' });

    const after = await store.readThread({ threadId });
    expect(after).toEqual({ ...before, epoch, nextSequence: 0n, lease: after.lease });
    expect(after.lease).toMatchObject({ holder: before.lease?.holder, since: before.lease?.since });
    // Nobody has the epoch itself. The lease has ended, so that nobody has to steal.
    const grant = await store.resumeThread({ threadId });
    expect(grant).toMatchObject({ epoch: epoch + 1n, nextOrdinal: 2n });
    const next = { threadId, epoch: grant.epoch, sequence: 0n, items: [item('next')] };
    expect(await store.appendItems(next)).toEqual({ firstOrdinal: 2n, lastOrdinal: 2n, duplicate: false });
    expect(await store.appendItems({ ...stored, items: items(2) })).toEqual(duplicate);
    expect(await store.appendItems(next)).toMatchObject({ firstOrdinal: 2n, duplicate: true });
    await isFenced(store, writer);
  });

  test('the epoch is the time, more than any before it, and as large as every program reads exactly', async () => {
    const first = await fenceWriters(opened.database);
    expect(first.epoch).toBeGreaterThan(BigInt(Date.parse('2026-01-01')));
    expect(first.epoch).toBeLessThan(BigInt(Number.MAX_SAFE_INTEGER));
    // Twice in a row is harmless: whoever has resumed does so once more.
    const writer = await writtenThread(store);
    expect(writer.epoch).toBe(first.epoch);
    const second = await fenceWriters(opened.database);
    expect(second.epoch).toBeGreaterThan(first.epoch + 999_999n);
    await isFenced(store, writer);

    for (const to of [1n, second.epoch - 1n, second.epoch + 1n, 10n ** 15n]) {
      const refused = await failure(fenceWriters(opened.database, { to }));
      expect(refused).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'to' } });
    }
    expect(await failure(fenceWriters(opened.database, { to: 1 as never }))).toMatchObject({ code: 'invalid_request' });
    const to = second.epoch + 1_000_000n;
    expect(await fenceWriters(opened.database, { to })).toEqual({ epoch: to, threads: 1 });
    const { epoch } = await store.resumeThread({ threadId: writer.threadId });
    expect(epoch).toBe(to + 1n);
    // Those who are there already are left alone.
    expect(await fenceWriters(opened.database, { to })).toEqual({ epoch: to, threads: 0 });
    await store.appendItems({ threadId: writer.threadId, epoch, sequence: 0n, items: [item('undisturbed')] });
  });

  test('a thread that is made anew, or in the place of a creation that was given up, begins above', async () => {
    const begun = await store.createThread({ threadId: randomUUID() });
    const givenUp = await store.createThread({ threadId: randomUUID() });
    await store.discardThread(givenUp);
    const { epoch, threads } = await fenceWriters(opened.database);
    expect(threads).toBe(2);
    await isFenced(store, begun, 0n);
    expect(await store.createThread({ threadId: begun.threadId })).toMatchObject({ epoch: epoch + 1n });
    expect(await store.createThread({ threadId: givenUp.threadId })).toMatchObject({ epoch: epoch + 1n });
    const fresh = await writtenThread(store);
    expect(fresh.epoch).toBe(epoch);
    const fork = await store.forkThread({ threadId: randomUUID(), sourceThreadId: fresh.threadId });
    expect(fork.epoch).toBe(epoch);
    await store.appendItems({ ...fork, sequence: 0n, items: [item('on')] });
    expect((await store.loadHistory(fork)).items).toHaveLength(3);
    // As of a primary that is lost, with the row.
    await isFenced(store, { threadId: fresh.threadId, epoch: 1n });
  });

  test('threads that were released, archived or deleted stay so', async () => {
    const [released, archived, deleted] = [
      await writtenThread(store),
      await writtenThread(store),
      await writtenThread(store),
    ];
    await store.shutdownThread(released);
    await store.archiveThread(archived);
    await store.deleteThread(deleted);
    expect(await fenceWriters(opened.database)).toMatchObject({ threads: 2 });
    for (const writer of [released, archived]) await isFenced(store, writer);
    expect(await store.readThread(released)).toMatchObject({ lease: null });
    expect(await failure(store.resumeThread(archived))).toMatchObject({ reason: 'THREAD_ARCHIVED' });
    await store.resumeThread({ threadId: archived.threadId, includeArchived: true });
    const gone = await failure(store.appendItems({ ...deleted, sequence: 1n, items: items(1) }));
    expect(gone).toMatchObject({ reason: 'THREAD_DELETED' });
  });

  test('batches on both sides are found, with external appends between them', async () => {
    const writer = await writtenThread(store, turn('a'));
    const { threadId } = writer;
    const external = (operationId: string) =>
      store.appendItems({ threadId, external: true, operationId, items: [item(operationId)] });
    await external('before');
    await store.appendItems({ ...writer, sequence: 1n, items: [item('second')] });
    const { epoch: fencedAt } = await fenceWriters(opened.database);
    await external('between');
    const { epoch } = await store.resumeThread({ threadId });
    await external('after');
    await store.appendItems({ threadId, epoch, sequence: 0n, items: turn('b') });
    for (const operationId of ['before', 'between', 'after'])
      expect(await external(operationId)).toMatchObject({ duplicate: true });
    const again = [
      { ...writer, sequence: 0n, items: turn('a') },
      { ...writer, sequence: 1n, items: [item('second')] },
      { threadId, epoch, sequence: 0n, items: turn('b') },
    ];
    for (const batch of again) expect(await store.appendItems(batch)).toMatchObject({ duplicate: true });
    const unordered = await opened.database.query(
      `select ordinal from (
         select ordinal, (epoch, sequence) < lag((epoch, sequence)) over (order by ordinal) as smaller from threadstore.items
       ) as items where smaller`,
    );
    expect(unordered).toEqual([]);
    expect(epoch).toBe(fencedAt + 1n);
    const { turns } = await store.listTurns({ threadId, sortDirection: 'asc' });
    expect(turns.map(({ turnId }) => turnId)).toEqual(['a', 'b']);
  });

  test('more threads than one statement takes', async () => {
    const count = 2 * threadsAtOnce + 1;
    await opened.database.query(
      `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized)
       select tenant, gen_random_uuid(), 7, true from unnest($1::text[]) as tenant, generate_series(1, $2::int)`,
      [['one', 'two'], `${count}`],
    );
    const seen: FenceResult[] = [];
    const result = await fenceWriters(opened.database, { onProgress: (soFar) => void seen.push(soFar) });
    expect(result.threads).toBe(2 * count);
    expect(seen.at(0)).toEqual({ ...result, threads: 0 });
    expect(seen.at(-1)).toEqual(result);
    const pages = [threadsAtOnce, 2 * threadsAtOnce, count];
    expect(seen.map(({ threads }) => threads)).toEqual(
      expect.arrayContaining([...pages, ...pages.map((n) => count + n)]),
    );
    const epochs = await opened.database.query('select distinct writer_epoch from threadstore.threads');
    expect(epochs).toEqual([{ writer_epoch: `${result.epoch}` }]);
  });

  test('one that is stopped goes on with the same epoch', async () => {
    await opened.database.query(
      `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized)
       select 'default', gen_random_uuid(), 1, true from generate_series(1, $1::int)`,
      [`${2 * threadsAtOnce}`],
    );
    const stop = new AbortController();
    let soFar: FenceResult | undefined;
    const onProgress = (now: FenceResult): void => {
      soFar = now;
      if (now.threads > 0) stop.abort();
    };
    const stopped = await failure(fenceWriters(opened.database, { signal: stop.signal, onProgress }));
    expect(stopped).toMatchObject({ code: 'cancelled', effect: 'unknown' });
    expect(soFar).toMatchObject({ threads: threadsAtOnce });
    const epoch = soFar?.epoch ?? 0n;
    expect(await fenceWriters(opened.database, { to: epoch })).toEqual({ epoch, threads: threadsAtOnce });
    expect(await failure(fenceWriters(opened.database, { signal: stop.signal }))).toMatchObject({ effect: 'none' });
  });

  test('a live thread takes it as any other fence', async () => {
    const settings = { gitInfo: null };
    const live = await LiveThread.create(store, {}, settings);
    const { threadId } = live;
    await live.append(turn('a'));
    await live.persist();
    await fenceWriters(opened.database);
    const late = live.append(turn('b')).then(() => live.flush());
    expect(await failure(late)).toMatchObject({ reason: 'FENCED' });
    expect(live.state).toBe('lost');
    const again = await LiveThread.resume(store, { threadId }, settings);
    expect(again.epoch).toBeGreaterThan(live.epoch);
    await again.append(turn('b'));
    await again.shutdown();
    const { turns } = await store.listTurns({ threadId, sortDirection: 'asc' });
    expect(turns.map(({ turnId }) => turnId)).toEqual(['a', 'b']);
  });
});

test('a row that is in use is waited for, and keeps nobody else', async () => {
  await using opened = await serverDatabase();
  const { database } = opened;
  await using store = new PostgresThreadStore({ database });
  const writers = [await writtenThread(store), await writtenThread(store), await writtenThread(store)];
  const to = 2_000_000n;
  await fenceWriters(database, { to });
  // What one that was interrupted leaves.
  await database.query('update threadstore.threads set writer_epoch = 1');
  const [held = { threadId: '' }] = writers;
  await withRowLocked(database, held.threadId, async (release) => {
    const fencing = fenceWriters(database, { to });
    await waitingForLock(database);
    for (const writer of writers.slice(1)) await isFenced(store, writer);
    release();
    expect(await fencing).toMatchObject({ threads: 3 });
  });
  for (const writer of writers) await isFenced(store, writer);
});

test('a transaction that goes on for long is waited for, and nobody else waits for it', async () => {
  await using opened = await serverDatabase();
  const { database } = opened;
  await using store = new PostgresThreadStore({ database });
  const [held, other] = [await writtenThread(store), await writtenThread(store)];
  await withRowLocked(database, held.threadId, async (release) => {
    const fencing = fenceWriters(database);
    await waitingForLock(database);
    await store.appendItems({ ...other, sequence: 1n, items: items(1) });
    release();
    expect(await fencing).toMatchObject({ threads: 2 });
  });
  for (const [writer, sequence] of [
    [held, 1n],
    [other, 2n],
  ] as const)
    await isFenced(store, writer, sequence);
});

test('while writers append: each is fenced once, and what was acknowledged is there', async () => {
  await using opened = await serverDatabase();
  await using store = new PostgresThreadStore({ database: opened.database });
  const writers = await Promise.all(Array.from({ length: 20 }, () => writtenThread(store)));
  const ends = writers.map(async ({ threadId, epoch }) => {
    for (let sequence = 1n; ; sequence += 1n) {
      try {
        await store.appendItems({ threadId, epoch, sequence, items: [item('x')] });
      } catch (error) {
        return { threadId, sequence, error };
      }
    }
  });
  expect(await fenceWriters(opened.database)).toMatchObject({ threads: 20 });
  for (const { threadId, sequence, error } of await Promise.all(ends)) {
    expect(error).toMatchObject({ reason: 'FENCED', effect: 'none' });
    expect((await store.resumeThread({ threadId })).nextOrdinal).toBe(1n + sequence);
  }
});

test('the owner fences all tenants behind the wall, and it stands after it', async () => {
  await using opened = await ownedDatabase();
  const { database } = opened;
  await migrate(database);
  const tenants = ['one', 'other'];
  const writers: { readonly store: PostgresThreadStore; readonly writer: Written }[] = [];
  for (const tenant of tenants) {
    const store = new PostgresThreadStore({ database, tenant });
    writers.push({ store, writer: await writtenThread(store) });
  }
  expect(await fenceWriters(database)).toMatchObject({ threads: 2 });
  for (const { store, writer } of writers) await isFenced(store, writer);
  expect(await database.query('select from threadstore.threads')).toEqual([]);
  for (const { store } of writers) await store.close();
  await database.close();
});

test('a role that serves may not', async () => {
  await using opened = await walledDatabase();
  const refused = await failure(fenceWriters(opened.database));
  expect(refused).toMatchObject({ code: 'unavailable', message: "the database's user lacks a privilege" });
});
