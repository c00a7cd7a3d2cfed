import { randomUUID } from 'node:crypto';
import { MemoryThreadStore, type ThreadId } from '@threadstore/core';
import { waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresThreadStore, reindexThreads } from '../src/index.ts';
import { indexTables } from '../src/thread-index/index-tables.ts';
import { readNotes, settleNotes } from '../src/thread-index/messages-behind.ts';
import { backends, emptyTables, type TestDatabase } from './support/databases.ts';
import {
  agentSays,
  completed,
  event,
  rolledBack,
  started,
  toldOf,
  toolEnds,
  toolOutput,
  turn,
  userSays,
} from './support/sessions.ts';
import { item } from './support/threads.ts';

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

  async function indexFrom(threadId: ThreadId): Promise<string | null | undefined> {
    const [row] = await opened.database.query('select index_from from threadstore.threads where thread_id = $1', [
      threadId,
    ]);
    return row?.['index_from'];
  }

  async function isIndexed(threadId: ThreadId): Promise<void> {
    await waitFor(async () => (await indexFrom(threadId)) === null, { what: 'the indexes to be brought up' });
  }

  async function count(table: string): Promise<number> {
    return (await opened.database.query(`select from threadstore.${table}`)).length;
  }

  async function messagesWritten(): Promise<number> {
    await waitFor(async () => (await count('messages_behind')) === 0, { what: 'the messages to be written' });
    return count('messages');
  }

  /** A thread with each of the items in a batch of its own. */
  async function threadOf(texts: readonly string[], by: PostgresThreadStore = store): Promise<ThreadId> {
    const { threadId, epoch } = await by.createThread({ threadId: randomUUID() });
    for (const [index, text] of texts.entries())
      await by.appendItems({ threadId, epoch, sequence: BigInt(index), items: [text] });
    return threadId;
  }

  async function turnIds(threadId: ThreadId, by: PostgresThreadStore = store): Promise<readonly string[]> {
    const { turns } = await by.listTurns({ threadId, sortDirection: 'asc' });
    return turns.map(({ turnId }) => turnId);
  }

  test("an ordinary session's appends write the indexes in their own statements", async () => {
    const { threadId, epoch } = await store.createThread({ threadId: randomUUID() });
    const batches = [
      [item('meta'), started('a')],
      [userSays('please')],
      [agentSays('done')],
      [completed('a')],
      turn('b'),
    ];
    for (const [index, batch] of batches.entries()) {
      await store.appendItems({ threadId, epoch, sequence: BigInt(index), items: batch });
      expect(await indexFrom(threadId)).toBeNull();
      const [row] = await opened.database.query(
        `select count(distinct xmin::text) as commits
         from (select max(xmin::text::bigint) as xmin from threadstore.turns union all select max(xmin::text::bigint) from threadstore.items) as last`,
      );
      expect(row).toEqual({ commits: '1' });
    }
    expect(await turnIds(threadId)).toEqual(['a', 'b']);
    expect(await messagesWritten()).toBe(4);
  });

  test('runs of many threads at once, and batches with metadata, too', async () => {
    const threads = await Promise.all(Array.from({ length: 40 }, () => store.createThread({ threadId: randomUUID() })));
    await Promise.all(
      threads.flatMap(({ threadId, epoch }) =>
        [0, 1, 2].map((n) => {
          const metadata = n === 1 ? { metadata: { name: 'named' } } : {};
          return store.appendItems({ threadId, epoch, sequence: BigInt(n), items: turn(`${n}`), ...metadata });
        }),
      ),
    );
    for (const { threadId } of threads) {
      expect(await indexFrom(threadId)).toBeNull();
      expect(await turnIds(threadId)).toEqual(['0', '1', '2']);
    }
  });

  test('a store that knows nothing of the thread reads it up, and goes on by itself', async () => {
    const threadId = await threadOf([...turn('a'), started('b'), userSays('go on')]);
    const other = new PostgresThreadStore({ database: opened.database });
    const { epoch } = await other.resumeThread({ threadId, takeover: 'steal' });
    await other.appendItems({ threadId, epoch, sequence: 0n, items: [agentSays('went on', 'final_answer')] });
    await isIndexed(threadId);
    await other.appendItems({ threadId, epoch, sequence: 1n, items: [completed('b')] });
    await isIndexed(threadId);
    expect(await turnIds(threadId)).toEqual(['a', 'b']);
    const { turns } = await store.listTurns({ threadId, pageSize: 1 });
    expect(turns).toMatchObject([{ status: 'completed', items: [{ ordinal: 5n }, { ordinal: 6n }] }]);
    await other.close();
  });

  test('a writer that pipelines without end is caught up with', async () => {
    const threadId = await threadOf(turn('a'), idle);
    const { epoch } = await store.resumeThread({ threadId, takeover: 'steal' });
    let sequence = 0n;
    const writing = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 40; n += 1) {
        const mine = sequence;
        sequence += 1n;
        await store.appendItems({ threadId, epoch, sequence: mine, items: [agentSays(`${mine}`)] });
      }
    });
    await Promise.all(writing);
    await isIndexed(threadId);
    expect(await messagesWritten()).toBe(2 + 160);
  });

  test('without indexes on append nothing is written until somebody reads', async () => {
    const threadId = await threadOf([item('x'), ...turn('a')], idle);
    expect(await indexFrom(threadId)).toBe('1');
    expect(await count('turns')).toBe(0);
    expect((await idle.searchThreads({ searchTerm: 'did a' })).hits).toMatchObject([{ ordinal: 3n, turnId: 'a' }]);
    expect(await indexFrom(threadId)).toBeNull();
  });

  test('an external append is read up right after, and one that says nothing leaves the indexes whole', async () => {
    const threadId = await threadOf(turn('a'));
    await store.appendItems({ threadId, external: true, operationId: 'a', items: [item('note')] });
    expect(await indexFrom(threadId)).toBeNull();
    await store.appendItems({ threadId, external: true, operationId: 'b', items: [userSays('from outside')] });
    await isIndexed(threadId);
    expect(await turnIds(threadId)).toEqual(['a', 'rollout-5']);
  });

  test('an index that lags behind is brought up by reading', async () => {
    const threadId = await threadOf([...turn('a'), ...turn('b')]);
    for (const table of indexTables)
      await opened.database.query(`delete from threadstore.${table} where thread_id = $1`, [threadId]);
    await opened.database.query('update threadstore.threads set index_from = 0');
    expect((await store.listThreads()).threads).toHaveLength(1);
    expect((await store.listItems({ threadId, turnId: 'b' })).items).toHaveLength(4);
    expect(await indexFrom(threadId)).toBeNull();
  });

  test('a long thread is read up in several transactions', async () => {
    const { threadId, epoch } = await idle.createThread({ threadId: randomUUID() });
    for (let n = 0; n < 6; n += 1) {
      const batch = Array.from({ length: 200 }, (_, index) => turn(`${n}-${index}`)).flat();
      await idle.appendItems({ threadId, epoch, sequence: BigInt(n), items: batch });
    }
    await idle.appendItems({ threadId, epoch, sequence: 6n, items: [rolledBack(1_195)] });
    expect(await turnIds(threadId)).toEqual(['0-0', '0-1', '0-2', '0-3', '0-4']);
    await store.searchThreads({ searchTerm: 'did' });
    expect(await messagesWritten()).toBe(10);
    expect(await opened.database.query('select from_ordinal, until_ordinal from threadstore.hidden_items')).toEqual([
      { from_ordinal: '20', until_ordinal: '4800' },
    ]);
  });

  test('rows that are wrong are made anew by reindexing: of all tenants, of one, of a thread', async () => {
    const threadId = await threadOf([...turn('a'), ...turn('b'), rolledBack(1), toolEnds('a'), ...turn('c')]);
    const other = new PostgresThreadStore({ database: opened.database, tenant: 'other' });
    await threadOf(turn('a'), other);
    await isIndexed(threadId);
    const right = await toldOf(store, threadId, 3, ['did']);
    const spoil = async (): Promise<void> => {
      await opened.database.query(`update threadstore.turns set turn_id = 'wrong'`);
      await opened.database.query('delete from threadstore.messages');
      await opened.database.query('update threadstore.hidden_items set until_ordinal = 12');
      await opened.database.query('delete from threadstore.late_items');
      expect(await toldOf(store, threadId, 3, ['did'])).not.toEqual(right);
    };
    await spoil();
    const seen: unknown[] = [];
    const all = await reindexThreads(opened.database, { onThread: (thread) => seen.push(thread) });
    expect(all).toEqual({ threads: 2, items: 18n });
    expect(seen).toContainEqual({ tenant: 'default', threadId, items: 14n });
    expect(await toldOf(store, threadId, 3, ['did'])).toEqual(right);
    await spoil();
    expect(await reindexThreads(opened.database, { tenant: 'default' })).toEqual({ threads: 1, items: 14n });
    expect(await toldOf(store, threadId, 3, ['did'])).toEqual(right);
    await spoil();
    expect(await reindexThreads(opened.database, { threadId })).toEqual({ threads: 1, items: 14n });
    expect(await toldOf(store, threadId, 3, ['did'])).toEqual(right);
    for (const absent of [{ threadId: randomUUID() }, { threadId, tenant: 'other' }])
      await expect(reindexThreads(opened.database, absent)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('deletion erases all of it, and no catch-up brings it back', async () => {
    const threadId = await threadOf([...turn('a'), toolEnds('a'), ...turn('b'), rolledBack(1)]);
    await isIndexed(threadId);
    expect(await messagesWritten()).toBeGreaterThan(0);
    await opened.database.query(
      'insert into threadstore.messages_behind select tenant, thread_id, 0, next_ordinal from threadstore.threads',
    );
    for (const table of indexTables.filter((name) => name !== 'messages_behind'))
      expect(await count(table)).toBeGreaterThan(0);
    await opened.database.query('update threadstore.threads set index_from = 0');
    await store.deleteThread({ threadId });
    for (const table of indexTables) expect(await count(table)).toBe(0);
    expect(await indexFrom(threadId)).toBeNull();
    await expect(store.listTurns({ threadId })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a note of before a reindexing takes nothing off the list', async () => {
    const threadId = await threadOf(turn('a'), idle);
    const [before] = await readNotes(opened.database.query, 'default', threadId, 1);
    await reindexThreads(opened.database, { threadId });
    await opened.database.query('delete from threadstore.messages');
    await opened.database.query(
      'insert into threadstore.messages_behind select tenant, thread_id, 0, next_ordinal from threadstore.threads',
    );
    await settleNotes(opened.database.query, 'default', before === undefined ? [] : [before]);
    expect((await idle.searchThreads({ searchTerm: 'did a' })).hits).toHaveLength(1);
  });

  test('what was noted while messages were written stays noted', async () => {
    const threadId = await threadOf(turn('a'), idle);
    const [note] = await readNotes(opened.database.query, 'default', threadId, 1);
    await idle.appendItems({ threadId, epoch: 1n, sequence: 4n, items: [userSays('said later')] });
    await settleNotes(opened.database.query, 'default', note === undefined ? [] : [note]);
    expect(await readNotes(opened.database.query, 'default', threadId, 1)).toMatchObject([{ from: 3n, until: 5n }]);
    expect((await idle.searchThreads({ searchTerm: 'said later' })).hits).toHaveLength(1);
  });

  test('a note without items leaves the list, and a deletion takes words that came late', async () => {
    const threadId = await threadOf(turn('a'));
    await messagesWritten();
    await opened.database.query(
      'insert into threadstore.messages_behind select tenant, thread_id, 100, 200 from threadstore.threads',
    );
    expect((await store.searchThreads({ searchTerm: 'did a' })).hits).toHaveLength(1);
    expect(await messagesWritten()).toBe(2);
    await store.deleteThread({ threadId });
    await opened.database.query(
      `insert into threadstore.messages (tenant, thread_id, ordinal, by_tool, words) values ('default', $1, 1, false, '')`,
      [threadId],
    );
    await store.deleteThread({ threadId });
    expect(await count('messages')).toBe(0);
  });

  test('words of another tenant are not found', async () => {
    const other = new PostgresThreadStore({ database: opened.database, tenant: 'other' });
    await threadOf(turn('a', 'secret'), other);
    expect((await store.searchThreads({ searchTerm: 'secret' })).hits).toEqual([]);
    expect((await other.searchThreads({ searchTerm: 'secret' })).hits).toHaveLength(1);
  });

  test('of words that are everywhere the list of threads is walked, page by page', async () => {
    const threads: ThreadId[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { threadId, epoch } = await store.createThread({ threadId: randomUUID() });
      const said = Array.from({ length: 500 }, (_, index) => userSays(`common ${index % 100} words`));
      const rare = n % 3 === 0 ? [userSays('common words next to each other')] : [];
      await store.appendItems({ threadId, epoch, sequence: 0n, items: [...rare, ...said] });
      if (n % 3 === 0) threads.push(threadId);
    }
    const found: ThreadId[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<PostgresThreadStore['searchThreads']>> = await store.searchThreads({
        searchTerm: 'common words',
        pageSize: 2,
        cursor,
      });
      expect(page.hits.every(({ ordinal }) => ordinal === 0n)).toBe(true);
      found.push(...page.hits.map(({ thread }) => thread.threadId));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== null);
    expect(found).toEqual(threads.toReversed());
    expect(pages).toBeGreaterThan(1);
    const all = await store.searchThreads({ searchTerm: 'common 99' });
    expect(all.hits.map(({ ordinal }) => ordinal)).toEqual(Array(12).fill(expect.any(BigInt)));
  });

  test.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'random sessions read as in memory (seed %i)',
    async (seed) => {
      const random = generator(seed);
      const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
      const id = (): string => pick(['a', 'b', 'c']);
      const texts = (): string =>
        pick<() => string>([
          () => item('nothing'),
          () => started(id()),
          () => started(id()),
          () => completed(id()),
          () => userSays(`some words of ${id()}`),
          () => agentSays(`an answer to ${id()}`, pick([null, 'final_answer', 'commentary'])),
          () => toolEnds(id()),
          () => toolEnds(id()),
          () => toolOutput(`what a tool put out for ${id()}`),
          () => event('turn_aborted', { turn_id: pick<string | null>([null, 'a', 'b']), reason: 'interrupted' }),
          () => event('error', { message: 'it broke' }),
          () => rolledBack(Math.floor(random() * 4)),
        ])();
      const memory = new MemoryThreadStore();
      const threadId = randomUUID();
      const others = [store, idle, new PostgresThreadStore({ database: opened.database })] as const;
      let writer: PostgresThreadStore = store;
      let { epoch } = await store.createThread({ threadId });
      await memory.createThread({ threadId });
      let sequence = 0n;
      let inMemory = 0n;
      for (let n = 0; n < 60; n += 1) {
        const batch = Array.from({ length: 1 + Math.floor(random() * 4) }, texts);
        await memory.appendItems({ threadId, epoch: 1n, sequence: inMemory, items: batch });
        inMemory += 1n;
        if (random() < 0.1 && n > 0) {
          await writer.appendItems({ threadId, external: true, operationId: `${n}`, items: batch });
          continue;
        }
        if (random() < 0.1 && n > 0) {
          writer = pick(others);
          ({ epoch } = await writer.resumeThread({ threadId, takeover: 'steal' }));
          sequence = 0n;
        }
        await writer.appendItems({ threadId, epoch, sequence, items: batch });
        sequence += 1n;
      }
      const terms = ['some', 'words of b', 'an answer', 'put out for c', 'nowhere'];
      const size = 1 + Math.floor(random() * 7);
      const expected = await toldOf(memory, threadId, size, terms);
      expect(await toldOf(store, threadId, size, terms)).toEqual(expected);
      await reindexThreads(opened.database);
      expect(await toldOf(store, threadId, 50, terms)).toEqual(await toldOf(memory, threadId, 50, terms));
      await others[2].close();
    },
  );
});

test('a search does without a thread whose row somebody holds', async () => {
  const server = backends.find(({ name }) => name === 'server');
  if (server === undefined) throw new TypeError('there is no server');
  await using opened = await server.open();
  await using idle = new PostgresThreadStore({ database: opened.database, indexOnAppend: false });
  const threads = await Promise.all([0, 1].map(() => idle.createThread({ threadId: randomUUID() })));
  for (const { threadId, epoch } of threads)
    await idle.appendItems({ threadId, epoch, sequence: 0n, items: turn('a') });
  await opened.database.transaction(async ({ query }) => {
    await query('select from threadstore.threads where thread_id = $1 for update', [threads[0]?.threadId ?? null]);
    const { hits } = await idle.searchThreads({ searchTerm: 'did a' });
    expect(hits.map(({ thread }) => thread.threadId)).toContain(threads[1]?.threadId);
  });
});

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
