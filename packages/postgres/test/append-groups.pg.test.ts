import { randomUUID } from 'node:crypto';
import { type AppendResult, type ThreadId, ThreadStoreError } from '@threadstore/core';
import { TcpProxy, waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectPostgres, type Database, PostgresThreadStore, type RunQuery } from '../src/index.ts';
import { backends, emptyTables, type TestDatabase } from './support/databases.ts';
import { failure } from './support/errors.ts';
import { waitingForLock, withInsertsHeld, withItemsLocked, withRowLocked } from './support/locks.ts';
import { item, items } from './support/threads.ts';
import { usingServer } from './support/using-server.ts';

interface Writer {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
}

async function writers(store: PostgresThreadStore, count: number): Promise<readonly Writer[]> {
  return Promise.all(Array.from({ length: count }, () => store.createThread({ threadId: randomUUID() })));
}

/** The batch of that sequence: of one to three items that no other batch of any thread has. */
function batchOf({ threadId, epoch }: Writer, sequence: number) {
  const texts = items(1 + (sequence % 3), `${threadId} ${epoch} ${sequence}`);
  return { threadId, epoch, sequence: BigInt(sequence), items: texts };
}

function numbers(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** The same database, that tells of each statement. */
function counting(database: Database, onStatement: () => void): Database {
  const counted =
    (query: RunQuery): RunQuery =>
    (...statement) => {
      onStatement();
      return query(...statement);
    };
  return {
    description: database.description,
    query: counted(database.query),
    transaction: (work, options) =>
      database.transaction((session) => work({ ...session, query: counted(session.query) }), options),
    forTenant: (tenant) => counting(database.forTenant(tenant), onStatement),
    close: () => database.close(),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function historyOf(store: PostgresThreadStore, { threadId }: Writer): Promise<readonly string[]> {
  return (await store.loadHistory({ threadId })).items;
}

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
    await opened.database.query(
      `alter table threadstore.items add constraint no_poison check (strpos(body, 'poison') = 0)`,
    );
  });
  beforeEach(() => emptyTables(opened.database));
  afterAll(() => opened[Symbol.asyncDispose]());

  test('what is called in one go is committed in two groups, and answered with its ordinals', async () => {
    const threads = await writers(store, 64);
    const answers = await Promise.all(
      threads.flatMap((writer) => numbers(3).map((sequence) => store.appendItems(batchOf(writer, sequence)))),
    );
    expect(answers).toEqual(
      threads.flatMap(() => [
        { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false },
        { firstOrdinal: 1n, lastOrdinal: 2n, duplicate: false },
        { firstOrdinal: 3n, lastOrdinal: 5n, duplicate: false },
      ]),
    );
    const [row] = await opened.database.query('select count(distinct xmin::text) as commits from threadstore.items');
    expect(row).toEqual({ commits: '2' });
    const stored = await opened.database.query(
      'select thread_id, ordinal, epoch, sequence from threadstore.items order by thread_id, ordinal',
    );
    expect(stored).toEqual(
      threads
        .map(({ threadId }) => threadId)
        .toSorted()
        .flatMap((id) =>
          [0, 1, 1, 2, 2, 2].map((sequence, ordinal) => ({
            thread_id: id,
            ordinal: `${ordinal}`,
            epoch: '1',
            sequence: `${sequence}`,
          })),
        ),
    );
  });

  test('many that write to what is not there, or without a grant, are refused by a few statements', async () => {
    const granted = await writers(store, 30);
    let statements = 0;
    const other = new PostgresThreadStore({ database: counting(opened.database, () => (statements += 1)) });
    const absent = numbers(170).map((): Writer => ({ threadId: randomUUID(), epoch: 1n }));
    const refusals = await Promise.all(
      [...absent, ...granted.map(({ threadId }) => ({ threadId, epoch: 9n }))].map((writer) =>
        failure(other.appendItems(batchOf(writer, 0))),
      ),
    );
    expect(refusals.map(({ reason }) => reason)).toEqual([
      ...absent.map(() => 'THREAD_NOT_FOUND'),
      ...granted.map(() => 'EPOCH_NOT_GRANTED'),
    ]);
    expect(statements).toBeLessThan(20);
    await Promise.all(granted.map((writer) => store.appendItems(batchOf(writer, 0))));
  });

  test('all that many threads send again is found, refused or stored by a few statements', async () => {
    const threads = await writers(store, 120);
    const share = (index: number): readonly Writer[] => threads.slice(20 * index, 20 * (index + 1));
    const [repeated, continued, changed, early, fenced, released] = [0, 1, 2, 3, 4, 5].map(share);
    if (!repeated || !continued || !changed || !early || !fenced || !released) throw new Error('too few threads');
    const stored = await Promise.all(
      threads.flatMap((writer) => numbers(3).map((sequence) => store.appendItems(batchOf(writer, sequence)))),
    );
    await Promise.all(fenced.map(({ threadId }) => store.resumeThread({ threadId, takeover: 'steal' })));
    await Promise.all(released.map((writer) => store.shutdownThread(writer)));
    let statements = 0;
    const other = new PostgresThreadStore({ database: counting(opened.database, () => (statements += 1)) });
    const send = (group: readonly Writer[], from: number, to: number) =>
      group.flatMap((writer) =>
        numbers(to - from, from).map((sequence) => {
          const isChanged = group === changed && sequence === 1;
          return other.appendItems({ ...batchOf(writer, sequence), ...(isChanged && { items: [item('other')] }) });
        }),
      );
    const outcomes = await Promise.allSettled([
      ...send(repeated, 0, 3),
      ...send(continued, 0, 4),
      ...send(changed, 0, 3),
      ...send(early, 4, 6),
      ...send(fenced, 2, 4),
      ...send(released, 2, 4),
    ]);
    const found = (index: number, sequence: number) => ({
      value: { ...stored[3 * index + sequence], duplicate: true },
    });
    const refused = (reason: string) => ({ reason: { reason, effect: 'none' } });
    expect(outcomes).toMatchObject([
      ...numbers(20).flatMap((index) => numbers(3).map((sequence) => found(index, sequence))),
      ...numbers(20, 20).flatMap((index) => [
        ...numbers(3).map((sequence) => found(index, sequence)),
        { value: { firstOrdinal: 6n, lastOrdinal: 6n, duplicate: false } },
      ]),
      ...numbers(20, 40).flatMap((index) => [found(index, 0), refused('SEQUENCE_REUSED'), found(index, 2)]),
      ...numbers(40).map(() => refused('SEQUENCE_GAP')),
      ...numbers(20, 80).flatMap((index) => [found(index, 2), refused('FENCED')]),
      ...numbers(20, 100).flatMap((index) => [found(index, 2), refused('WRITER_RELEASED')]),
    ]);
    // To judge one thread took five.
    expect(statements).toBeLessThan(30);
  });

  test('batches of many threads that are not waited for are stored in the order of the calls', async () => {
    const threads = await writers(store, 20);
    const answers: Promise<AppendResult>[] = [];
    for (const sequence of numbers(30)) {
      for (const writer of threads) {
        const metadata = sequence === 11 ? { metadata: { name: `${sequence}` } } : {};
        answers.push(store.appendItems({ ...batchOf(writer, sequence), ...metadata }));
      }
      // Some go while others are on their way.
      if (sequence % 7 === 0) await answers[0];
    }
    expect((await Promise.all(answers)).every(({ duplicate }) => !duplicate)).toBe(true);
    for (const writer of threads) {
      expect(await historyOf(store, writer)).toEqual(
        numbers(30).flatMap((sequence) => batchOf(writer, sequence).items),
      );
      expect((await store.readThread({ threadId: writer.threadId })).name).toBe('11');
    }
  });

  test('metadata of many threads goes in one group, each patch with its own batch and in the order of the calls', async () => {
    const threads = await writers(store, 20);
    const time = (day: number): Date => new Date(Date.UTC(2040, 0, day));
    const calls = numbers(12).flatMap((sequence) =>
      threads.map((writer, index) => {
        const metadata = {
          name: sequence % 3 === 2 ? null : `${index}.${sequence}`,
          updatedAt: time(sequence + 1),
          advanceRecencyAt: time(20 - sequence),
          gitInfo: sequence % 2 === 0 ? { branch: `b${sequence}` } : { commitHash: `c"${sequence}\\` },
          ...(sequence === 5 ? { sandboxPolicy: { type: 'read-only', '?': [1.5, null] }, title: 'null' } : {}),
        };
        const isPlain = (index + sequence) % 4 === 0 && sequence < 9;
        return store.appendItems({ ...batchOf(writer, sequence), ...(isPlain ? {} : { metadata }) });
      }),
    );
    await Promise.all(calls);
    for (const [index, writer] of threads.entries()) {
      const thread = await store.readThread({ threadId: writer.threadId });
      expect(thread).toMatchObject({
        name: null,
        updatedAt: time(12),
        recencyAt: time(20 - (index % 4 === 0 ? 1 : 0)),
        gitInfo: { branch: 'b10', commitHash: 'c"11\\' },
      });
      const hasPolicy = (index + 5) % 4 !== 0;
      expect(thread.sandboxPolicy).toEqual(hasPolicy ? { type: 'read-only', '?': [1.5, null] } : null);
      expect(thread.title).toBe(hasPolicy ? 'null' : null);
    }
  });

  test('a batch that the database refuses fails alone, and those that follow it in its thread for the gap', async () => {
    const threads = await writers(store, 12);
    const [bad, ...good] = threads;
    if (bad === undefined) throw new Error('no thread');
    const poisoned = { ...batchOf(bad, 2), items: [item('poison')] };
    const calls = threads.flatMap((writer) =>
      numbers(4).map((sequence) =>
        store.appendItems(writer === bad && sequence === 2 ? poisoned : batchOf(writer, sequence)),
      ),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.slice(0, 4)).toMatchObject([
      { value: { firstOrdinal: 0n, duplicate: false } },
      { value: { firstOrdinal: 1n, duplicate: false } },
      { reason: { code: 'internal', effect: 'none', cause: { code: '23514' } } },
      { reason: { reason: 'SEQUENCE_GAP', effect: 'none' } },
    ]);
    expect(outcomes.slice(4).every(({ status }) => status === 'fulfilled')).toBe(true);
    for (const writer of good) {
      expect(await historyOf(store, writer)).toEqual(numbers(4).flatMap((sequence) => batchOf(writer, sequence).items));
    }
    // The sequence is still free.
    expect(await store.appendItems(batchOf(bad, 2))).toMatchObject({ firstOrdinal: 3n, duplicate: false });
  });

  test('refusals of some threads are no matter of the others', async () => {
    const threads = await writers(store, 10);
    const [fenced, released, gone, early, late] = threads;
    if (!fenced || !released || !gone || !early || !late) throw new Error('too few threads');
    for (const { threadId, epoch } of [fenced, gone]) await store.persistThread({ threadId, epoch });
    await store.resumeThread({ threadId: fenced.threadId, takeover: 'steal' });
    await store.persistThread(released);
    await store.shutdownThread(released);
    await store.deleteThread({ threadId: gone.threadId });
    const outcomes = await Promise.allSettled([
      ...threads.map((writer) =>
        store.appendItems(
          writer === early ? batchOf(writer, 5) : { ...batchOf(writer, 0), epoch: writer === late ? 9n : writer.epoch },
        ),
      ),
      store.appendItems(batchOf({ threadId: randomUUID(), epoch: 1n }, 0)),
    ]);
    expect(outcomes).toMatchObject([
      ...['FENCED', 'WRITER_RELEASED', 'THREAD_DELETED', 'SEQUENCE_GAP', 'EPOCH_NOT_GRANTED'].map((reason) => ({
        reason: { reason, effect: 'none' },
      })),
      ...threads.slice(5).map(() => ({ value: { firstOrdinal: 0n, duplicate: false } })),
      { reason: { reason: 'THREAD_NOT_FOUND' } },
    ]);
  });

  test('of a run that is stored in part, each batch is found or stored', async () => {
    const threads = await writers(store, 5);
    const stored = await Promise.all(
      threads.flatMap((writer) => numbers(10).map((sequence) => store.appendItems(batchOf(writer, sequence)))),
    );
    const other = new PostgresThreadStore({ database: opened.database });
    const again = await Promise.all(
      threads.flatMap((writer) => numbers(20).map((sequence) => other.appendItems(batchOf(writer, sequence)))),
    );
    for (const [index, writer] of threads.entries()) {
      const answers = again.slice(20 * index, 20 * (index + 1));
      const before = stored.slice(10 * index, 10 * (index + 1));
      expect(answers.slice(0, 10)).toEqual(before.map((answer) => ({ ...answer, duplicate: true })));
      expect(answers.slice(10).every(({ duplicate }) => !duplicate)).toBe(true);
      expect(await historyOf(store, writer)).toEqual(
        numbers(20).flatMap((sequence) => batchOf(writer, sequence).items),
      );
    }
  });

  test('a batch with other items than the stored one is refused, and those that follow it are found', async () => {
    const [writer] = await writers(store, 1);
    if (writer === undefined) throw new Error('no thread');
    await Promise.all(numbers(5).map((sequence) => store.appendItems(batchOf(writer, sequence))));
    const outcomes = await Promise.allSettled(
      numbers(6).map((sequence) =>
        store.appendItems({ ...batchOf(writer, sequence), ...(sequence === 2 && { items: items(3, 'other') }) }),
      ),
    );
    expect(outcomes).toMatchObject([
      ...numbers(2).map(() => ({ value: { duplicate: true } })),
      { reason: { reason: 'SEQUENCE_REUSED' } },
      ...numbers(2).map(() => ({ value: { duplicate: true } })),
      { value: { duplicate: false } },
    ]);
  });
});

describe('stores on one server', () => {
  const server = usingServer();

  async function deadlocks(): Promise<string | null | undefined> {
    const [row] = await server.database.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return row?.['deadlocks'];
  }

  test('two that send the same batches of 64 threads at once: each is stored once, and nobody locks anybody out', async () => {
    await using first = connectPostgres({ connectionString: server.url });
    await using second = connectPostgres({ connectionString: server.url });
    const stores = [first, second].map((database) => new PostgresThreadStore({ database }));
    const threads = await writers(server.direct, 64);
    const before = await deadlocks();
    const answers = await Promise.all(
      stores.map((store, index) =>
        Promise.all(
          // In other orders, as clients that reconnect would.
          (index === 0 ? threads : threads.toReversed()).map(async (writer) => ({
            writer,
            answers: await Promise.all(numbers(12).map((sequence) => store.appendItems(batchOf(writer, sequence)))),
          })),
        ),
      ),
    );
    for (const writer of threads) {
      const [one = [], two = []] = answers.map(
        (all) => all.find((answered) => answered.writer === writer)?.answers ?? [],
      );
      for (const [sequence, answer] of one.entries()) {
        const twin = two[sequence];
        expect([answer.firstOrdinal, answer.lastOrdinal]).toEqual([twin?.firstOrdinal, twin?.lastOrdinal]);
        expect(twin?.duplicate).toBe(!answer.duplicate);
      }
      expect(await historyOf(server.direct, writer)).toEqual(
        numbers(12).flatMap((sequence) => batchOf(writer, sequence).items),
      );
    }
    expect(await deadlocks()).toBe(before);
  });

  test('takeovers while writers pipeline: what was acknowledged is there once, and nothing of an epoch after the next one', async () => {
    await using database = connectPostgres({ connectionString: server.url });
    const stores = [server.direct, new PostgresThreadStore({ database })];
    const threads = await writers(server.direct, 8);
    const takeovers = 15;
    const refusals = new Set<string>();
    const acknowledged = new Map<ThreadId, string[]>(threads.map(({ threadId }) => [threadId, []]));
    const writeUntilFenced = async (store: PostgresThreadStore, writer: Writer): Promise<void> => {
      for (let sequence = 0; ; sequence += 4) {
        const batches = numbers(4, sequence).map((number) => batchOf(writer, number));
        const outcomes = await Promise.allSettled(batches.map((batch) => store.appendItems(batch)));
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') acknowledged.get(writer.threadId)?.push(...(batches[index]?.items ?? []));
          else refusals.add(outcome.reason instanceof ThreadStoreError ? outcome.reason.reason : 'no error of a store');
        }
        if (outcomes.some(({ status }) => status === 'rejected')) return;
      }
    };
    await Promise.all(
      threads.map(async ({ threadId, epoch }, index) => {
        await server.direct.persistThread({ threadId, epoch });
        const writing: Promise<void>[] = [];
        let grant: Writer = { threadId, epoch };
        for (const takeover of numbers(takeovers)) {
          const store = stores[(index + takeover) % 2] ?? server.direct;
          writing.push(writeUntilFenced(store, grant));
          // It has written something before it loses the thread.
          await store.appendItems({ threadId, external: true, operationId: `${takeover}`, items: [item('note')] });
          grant = await (stores[(index + takeover + 1) % 2] ?? server.direct).resumeThread({
            threadId,
            takeover: 'steal',
          });
        }
        await Promise.all(writing);
      }),
    );
    expect([...refusals]).toEqual(['FENCED']);
    for (const { threadId } of threads) {
      const rows = await server.database.query(
        'select ordinal, epoch, sequence, external, body from threadstore.items where thread_id = $1 order by ordinal',
        [threadId],
      );
      expect(rows.map(({ ordinal }) => ordinal)).toEqual(rows.map((_, index) => `${index}`));
      const bodies = rows.map(({ body }) => body);
      expect(new Set(bodies.filter((body) => body !== item('note'))).size).toBe(bodies.length - takeovers);
      expect(bodies).toEqual(expect.arrayContaining(acknowledged.get(threadId) ?? []));
      const labels = rows.map(({ epoch, sequence }) => Number(epoch) * 1_000_000 + Number(sequence));
      expect(labels).toEqual(labels.toSorted((one, other) => one - other));
    }
  });

  test('a thread whose row is held keeps no other waiting', async () => {
    const [held, ...others] = await writers(server.direct, 9);
    if (held === undefined) throw new Error('no thread');
    await withRowLocked(server.database, held.threadId, async (release) => {
      const waiting = server.direct.appendItems(batchOf(held, 0));
      const first = await Promise.all(others.map((writer) => server.direct.appendItems(batchOf(writer, 0))));
      await waitingForLock(server.database);
      const next = server.direct.appendItems(batchOf(held, 1));
      const second = await Promise.all(others.map((writer) => server.direct.appendItems(batchOf(writer, 1))));
      expect([...first, ...second].every(({ duplicate }) => !duplicate)).toBe(true);
      release();
      expect(await Promise.all([waiting, next])).toEqual([
        { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false },
        { firstOrdinal: 1n, lastOrdinal: 2n, duplicate: false },
      ]);
    });
  });

  test('threads whose rows are held for long keep one waiting no longer than its own is held', async () => {
    const [short, ...long] = await writers(server.direct, 5);
    if (short === undefined) throw new Error('no thread');
    const held = Promise.withResolvers<void>();
    let locked = 0;
    const hold = (): Promise<void> => {
      locked += 1;
      return held.promise;
    };
    const holding = long.map(({ threadId }) => withRowLocked(server.database, threadId, hold));
    await waitFor(() => locked === long.length, { what: 'the locks' });
    let ended = 0;
    const waiting = long.map((writer) => server.direct.appendItems(batchOf(writer, 0)).finally(() => (ended += 1)));
    const all = Promise.allSettled(waiting);
    await waitFor(async () => (await waitingForLock(server.database)).length === long.length, { what: 'the waits' });
    await withRowLocked(server.database, short.threadId, async (release) => {
      const late = server.direct.appendItems(batchOf(short, 0));
      // Behind it, so that it has been left out of a group by then.
      const [other] = await writers(server.direct, 1);
      if (other !== undefined) await server.direct.appendItems(batchOf(other, 0));
      release();
      expect(await late).toMatchObject({ duplicate: false });
    });
    // They were given up after five seconds, and only then it was its turn.
    expect(ended).toBe(0);
    held.resolve();
    await Promise.all([...holding, all]);
  });

  test('a hundred repetitions that wait behind a held row cost no more than one of them', async () => {
    let statements = 0;
    const store = new PostgresThreadStore({ database: counting(server.database, () => (statements += 1)) });
    const [writer] = await writers(store, 1);
    if (writer === undefined) throw new Error('no thread');
    const batch = batchOf(writer, 0);
    await withRowLocked(server.database, writer.threadId, async (release) => {
      const first = store.appendItems(batch);
      await waitingForLock(server.database);
      statements = 0;
      const repeats = numbers(100).map(() => store.appendItems(batch));
      release();
      expect(await first).toMatchObject({ firstOrdinal: 0n, duplicate: false });
      for (const answer of await Promise.all(repeats))
        expect(answer).toMatchObject({ firstOrdinal: 0n, duplicate: true });
    });
    // To judge one takes five; there were more than three hundred.
    expect(statements).toBeLessThan(20);
    expect(await historyOf(store, writer)).toEqual(batch.items);
  });

  test('what another group has under way is waited for in a few threads, and then found in all of them', async () => {
    let statements = 0;
    const other = new PostgresThreadStore({ database: counting(server.database, () => (statements += 1)) });
    const threads = await writers(server.direct, 200);
    await Promise.all(threads.slice(0, 1).map((writer) => other.persistThread(writer)));
    await withInsertsHeld(server.database, async (release) => {
      const first = threads.map((writer) => server.direct.appendItems(batchOf(writer, 0)));
      await waitingForLock(server.database);
      statements = 0;
      const again = threads.map((writer) => other.appendItems(batchOf(writer, 0)));
      await waitFor(async () => (await waitingForLock(server.database)).length > 4, { what: 'repetitions to wait' });
      release();
      const answers = await Promise.all(first);
      expect(await Promise.all(again)).toEqual(answers.map((answer) => ({ ...answer, duplicate: true })));
    });
    expect(statements).toBeLessThan(40);
  });

  test('a batch that is found is not answered before its thread, or another one, was written to', async () => {
    const [held] = await writers(server.direct, 1);
    if (held === undefined) throw new Error('no thread');
    await server.direct.appendItems(batchOf(held, 0));
    await withRowLocked(server.database, held.threadId, async (release) => {
      let answered = false;
      const again = server.direct.appendItems(batchOf(held, 0)).finally(() => (answered = true));
      await waitingForLock(server.database);
      expect(answered).toBe(false);
      release();
      expect(await again).toMatchObject({ firstOrdinal: 0n, duplicate: true });
    });
  });

  test('an answer that is lost is an outcome unknown for each batch of the group, and each can be sent again', async () => {
    await using proxy = await TcpProxy.to(server.url);
    await using database = connectPostgres({ connectionString: proxy.url });
    const store = new PostgresThreadStore({ database });
    const threads = await writers(store, 10);
    proxy.mode = 'cut-answer';
    const calls = threads.flatMap((writer) =>
      numbers(3).map((sequence) => store.appendItems(batchOf(writer, sequence))),
    );
    for (const error of await Promise.all(calls.map((call) => failure(call)))) {
      expect(error).toMatchObject({ code: 'unavailable', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
    }
    proxy.mode = 'open';
    for (const writer of threads) {
      const again = await Promise.all(numbers(3).map((sequence) => store.appendItems(batchOf(writer, sequence))));
      expect(again.map(({ firstOrdinal }) => firstOrdinal)).toEqual([0n, 1n, 3n]);
      expect(await historyOf(store, writer)).toEqual(numbers(3).flatMap((sequence) => batchOf(writer, sequence).items));
    }
  });

  test('an append that is called off while it waits its turn is not made', async () => {
    const [busy, writer] = await writers(server.direct, 2);
    if (busy === undefined || writer === undefined) throw new Error('no thread');
    const controller = new AbortController();
    await withItemsLocked(server.database, async (release) => {
      // The first batch of a thread is on its way, so that the second has to wait.
      const first = server.direct.appendItems(batchOf(writer, 0));
      await waitingForLock(server.database);
      const second = server.direct.appendItems(batchOf(writer, 1), { signal: controller.signal });
      controller.abort();
      expect(await failure(second)).toMatchObject({ code: 'cancelled' });
      release();
      await first;
    });
    expect(await server.direct.appendItems(batchOf(writer, 1))).toMatchObject({ firstOrdinal: 1n, duplicate: false });
  });
});
