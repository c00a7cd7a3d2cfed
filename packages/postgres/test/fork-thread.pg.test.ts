import { randomUUID } from 'node:crypto';
import type { ThreadId } from '@threadstore/core';
import { checkForkThread, resolveLimits } from '@threadstore/core/internal';
import { waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresThreadStore } from '../src/index.ts';
import { forkThread } from '../src/operations/fork-thread.ts';
import { AppendIndex } from '../src/thread-index/append-index.ts';
import { indexTables } from '../src/thread-index/index-tables.ts';
import { backends, emptyTables, serverDatabase, type TestDatabase } from './support/databases.ts';
import { failure } from './support/errors.ts';
import { withRowLocked } from './support/locks.ts';
import { rolledBack, started, toldOf, toolEnds, turn } from './support/sessions.ts';
import { item, items, writtenThread } from './support/threads.ts';

/** With late items and hidden ones, and a turn that is open in the end. */
const session = [...turn('a'), ...turn('b'), toolEnds('a'), ...turn('c'), rolledBack(1), started('d'), item('x')];

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;
  /** Makes no index by itself. */
  let idle: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    await store?.close();
    await emptyTables(opened.database);
    store = new PostgresThreadStore({ database: opened.database });
    idle = new PostgresThreadStore({ database: opened.database, indexOnAppend: false });
  });
  afterAll(async () => {
    await store.close();
    await opened[Symbol.asyncDispose]();
  });

  async function rowsOf(table: string, threadId: ThreadId, columns: string): Promise<readonly unknown[]> {
    return opened.database.query(
      `select ${columns} from threadstore.${table} where thread_id = $1 order by ${columns.split(',')[0] ?? ''}`,
      [threadId],
    );
  }

  async function indexFrom(threadId: ThreadId): Promise<unknown> {
    const [row] = await rowsOf('threads', threadId, 'index_from');
    return (row as { index_from: unknown }).index_from;
  }

  const fork = (from: PostgresThreadStore, sourceThreadId: ThreadId, beforeOrdinal?: bigint) =>
    from.forkThread({
      threadId: randomUUID(),
      sourceThreadId,
      ...(beforeOrdinal === undefined ? {} : { at: { beforeOrdinal } }),
    });

  test('copied items are of no batch, below all that a writer can send', async () => {
    const { threadId } = await writtenThread(store, items(2));
    const copy = await fork(store, threadId);
    const { threadId: id, epoch } = copy;
    await store.appendItems({ threadId: id, external: true, operationId: 'a', items: [item('a')] });
    await store.appendItems({ threadId: id, epoch, sequence: 0n, items: [item('b')] });
    expect(await rowsOf('items', copy.threadId, 'ordinal, epoch, sequence, external')).toEqual([
      { ordinal: '0', epoch: '0', sequence: '-1', external: 'f' },
      { ordinal: '1', epoch: '0', sequence: '-1', external: 'f' },
      { ordinal: '2', epoch: '1', sequence: '-1', external: 't' },
      { ordinal: '3', epoch: '1', sequence: '0', external: 'f' },
    ]);
  });

  test('a copy of all has the rows of the index at once', async () => {
    const { threadId } = await writtenThread(idle, session);
    await store.listTurns({ threadId });
    const copy = await fork(idle, threadId);
    expect(await indexFrom(copy.threadId)).toBeNull();
    for (const table of ['turns', 'late_items', 'hidden_items']) {
      const rows = (id: ThreadId) =>
        opened.database.query(
          `select to_jsonb(t) - 'thread_id' as row from threadstore.${table} as t where thread_id = $1 order by 1`,
          [id],
        );
      const copied = await rows(copy.threadId);
      expect(copied).toEqual(await rows(threadId));
      expect(copied.length).toBeGreaterThan(0);
    }
    expect(await toldOf(store, copy.threadId, 3)).toEqual(await toldOf(store, threadId, 3));
  });

  test('a copy of all is as far behind as its source, and is brought up like any thread', async () => {
    const { threadId, epoch } = await writtenThread(idle, session.slice(0, 8));
    await store.listTurns({ threadId });
    await idle.appendItems({ threadId, epoch, sequence: 1n, items: session.slice(8) });
    expect(await indexFrom(threadId)).toBe('8');
    const behind = await fork(idle, threadId);
    expect(await indexFrom(behind.threadId)).toBe('8');
    const copy = await fork(store, threadId);
    await waitFor(async () => (await indexFrom(copy.threadId)) === null, { what: 'the index to be brought up' });
    expect(await toldOf(store, behind.threadId, 3)).toEqual(await toldOf(store, threadId, 3));
  });

  test('the index of a part is made from its items', async () => {
    const { threadId } = await writtenThread(store, session);
    const part = await fork(idle, threadId, 6n);
    expect(await indexFrom(part.threadId)).toBe('0');
    expect(await rowsOf('turns', part.threadId, 'first_ordinal')).toEqual([]);
    const appended = await writtenThread(store, session.slice(0, 6));
    expect(await toldOf(store, part.threadId, 3)).toEqual(await toldOf(store, appended.threadId, 3));
    expect(await indexFrom((await fork(idle, threadId, 0n)).threadId)).toBeNull();
  });

  test('its words are written in the background', async () => {
    const { threadId } = await writtenThread(store, session);
    const copy = await fork(store, threadId);
    const left = () => opened.database.query('select from threadstore.messages_behind');
    await waitFor(async () => (await left()).length === 0, { what: 'the messages to be written' });
    expect(await rowsOf('messages', copy.threadId, 'ordinal')).toEqual(await rowsOf('messages', threadId, 'ordinal'));
  });

  test('nothing is left of a fork that is deleted, and all of its source', async () => {
    const { threadId } = await writtenThread(store, session);
    const before = await toldOf(store, threadId, 3);
    const copy = await fork(store, threadId);
    await store.deleteThread(copy);
    for (const table of ['items', 'external_appends', ...indexTables]) {
      expect(await rowsOf(table, copy.threadId, 'thread_id')).toEqual([]);
    }
    expect(await toldOf(store, threadId, 3)).toEqual(before);
    expect(await failure(store.readThread(copy))).toMatchObject({ reason: 'THREAD_DELETED' });
  });

  test('many forks to one id at once: one is made, the others are refused', async () => {
    const { threadId: sourceThreadId } = await writtenThread(store, items(5));
    const threadId = randomUUID();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => store.forkThread({ threadId, sourceThreadId })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = { status: 'rejected', reason: { reason: 'THREAD_EXISTS', effect: 'none' } };
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject(Array(5).fill(refused));
    expect((await store.loadHistory({ threadId })).items).toEqual(items(5));
  });

  test('a source that was deleted since its fork point was found', async () => {
    const { threadId: sourceThreadId } = await writtenThread(store, items(5));
    await store.deleteThread({ threadId: sourceThreadId });
    const checked = checkForkThread({ threadId: randomUUID(), sourceThreadId }, resolveLimits());
    const run = <T>(work: (database: TestDatabase['database']) => Promise<T>) => work(opened.database);
    const index = new AppendIndex({ tenant: 'default', onAppend: false, run });
    const how = { tenant: 'default', leaseDurationMs: 1_000, index };
    const late = forkThread(opened.database, checked, { until: 3n, hasUserMessage: false }, how);
    expect(await failure(late)).toMatchObject({ reason: 'THREAD_DELETED' });
    expect(await opened.database.query('select from threadstore.items')).toEqual([]);
  });
});

test('whoever has locked the row of the source keeps no fork waiting', async () => {
  await using opened = await serverDatabase();
  await using store = new PostgresThreadStore({ database: opened.database });
  const { threadId: sourceThreadId } = await writtenThread(store, session);
  // Who finds the index behind brings it up, and needs the row for that.
  await store.listTurns({ threadId: sourceThreadId });
  const counts = await withRowLocked(opened.database, sourceThreadId, () =>
    Promise.all(
      [{ beforeOrdinal: 3n }, { throughTurn: 'b' }, { beforeUserMessage: 1 }].map(
        async (at) => (await store.forkThread({ threadId: randomUUID(), sourceThreadId, at })).nextOrdinal,
      ),
    ),
  );
  expect(counts).toEqual([3n, 8n, 5n]);
});
