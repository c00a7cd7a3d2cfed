import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../src/gen/migrations.ts';
import { migrate, openEmbedded, PostgresThreadStore } from '../src/index.ts';
import { Child } from './support/child.ts';
import { items, writtenThread } from './support/threads.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'threadstore-embedded-')), 'data');
});
afterEach(() => rm(join(dataDir, '..'), { recursive: true }));

test('what was written is there after closing and opening again', async () => {
  const first = await openEmbedded({ dataDir });
  expect(first.description).toBe(`embedded Postgres in ${dataDir}`);
  await migrate(first);
  const { threadId } = await writtenThread(new PostgresThreadStore({ database: first }), items(3));
  await first.close();
  await first.close();
  expect(await readdir(dataDir)).toEqual(['postgres']);

  await using second = await openEmbedded({ dataDir });
  expect(await migrate(second)).toEqual({ from: migrations.length, to: migrations.length });
  const store = new PostgresThreadStore({ database: second });
  expect((await store.loadHistory({ threadId })).items).toEqual(items(3));
});

test('a second opener is refused, naming the directory and the process, and does no harm', async () => {
  await using database = await openEmbedded({ dataDir });
  await migrate(database);
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  await expect(openEmbedded({ dataDir })).rejects.toThrow(`${dataDir}: is in use by process ${process.pid}`);
  await store.appendItems({ threadId, epoch, sequence: 1n, items: items(1) });
});

test('after kill -9 amid appends the next process takes over, and everything acknowledged is there', async () => {
  const threadId = randomUUID();
  await using child = new Child('append-embedded.ts', dataDir, threadId);
  await child.said(50);
  await expect(openEmbedded({ dataDir })).rejects.toThrow(`${dataDir}: is in use by process ${child.pid}`);
  await child.kill();
  const acknowledged = child.lines.length - 1;

  await using database = await openEmbedded({ dataDir });
  const { items: stored } = await new PostgresThreadStore({ database }).loadHistory({ threadId });
  expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
  expect(stored).toEqual(stored.map((_, index) => JSON.stringify({ type: 'note', text: `${index}` })));
});

test('a closed database: effect none', async () => {
  const database = await openEmbedded({ dataDir });
  await migrate(database);
  const store = new PostgresThreadStore({ database });
  await store.listThreads();
  await database.close();
  await expect(store.createThread({ threadId: randomUUID() })).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  });
  await expect(store.deleteThread({ threadId: randomUUID() })).rejects.toMatchObject({ code: 'unavailable' });
});

test('statements that are under way at the close are done', async () => {
  const database = await openEmbedded({ dataDir });
  await migrate(database);
  const store = new PostgresThreadStore({ database });
  const { threadId, epoch } = await writtenThread(store);
  const append = store.appendItems({ threadId, epoch, sequence: 1n, items: items(2) });
  await store.close();
  const statement = database.query('update threadstore.threads set name = $1', ['last']);
  await database.close();
  await Promise.all([append, statement]);
  await using again = await openEmbedded({ dataDir });
  const thread = await new PostgresThreadStore({ database: again }).readThread({ threadId });
  expect(thread).toMatchObject({ nextOrdinal: 4n, name: 'last' });
});

test('a transaction that fails leaves the session usable', async () => {
  await using database = await openEmbedded();
  await migrate(database);
  const work = database.transaction(async ({ query, script }) => {
    await script('create table public.t (id int); insert into public.t values (1)');
    await query('insert into public.t values (2)');
    throw new Error('on second thoughts');
  });
  await expect(work).rejects.toThrow('on second thoughts');
  await expect(database.transaction(({ query }) => query('select * from public.t'))).rejects.toMatchObject({
    kind: 'refused',
    code: '42P01',
    mayBeCommitted: false,
  });
  expect(await database.query('select 1 as one')).toEqual([{ one: '1' }]);
});
