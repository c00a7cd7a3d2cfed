import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import {
  createScratchDatabase,
  createServingRole,
  migrated,
  serveThreadstore,
  startThreadstore,
  waitFor,
  withClient,
} from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { embedded } from './support/backends.ts';
import { threadstore } from './support/commands.ts';

const item = (text: string): string => JSON.stringify({ type: 'note', text });
const printed = (threads: number): RegExp => new RegExp(`: ${threads} threads, epoch (\\d+)\\n$`);

test('writers of a service that runs are fenced, told of it, and go on once they have resumed', async () => {
  await using database = await createScratchDatabase(migrated);
  await using role = await createServingRole(database.url);
  const env = { DATABASE_URL: database.url };
  await using service = await serveThreadstore([], { env: { DATABASE_URL: role.url } });
  const lost: string[] = [];
  await using store = new RemoteThreadStore({
    endpoint: service.endpoint,
    onLeaseLost: ({ threadId, error }) => void lost.push(`${threadId} ${error.reason}`),
  });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  const first = { threadId, epoch, sequence: 0n, items: [item('first')] };
  await store.appendItems(first);
  // Of another tenant, by whatever service.
  await withClient(database.url, (client) =>
    client.query(
      `insert into threadstore.threads (tenant, thread_id, materialized) values ('other', gen_random_uuid(), true)`,
    ),
  );

  const refused = await threadstore(['fence'], { DATABASE_URL: role.url });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^threadstore: DATABASE_URL: [^\n]+: the database's user lacks a privilege [^\n]*\n$/);
  const result = await threadstore(['fence'], env);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(printed(2));
  const fencedAt = BigInt(printed(2).exec(result.stdout)?.[1] ?? 0);

  const late = store.appendItems({ threadId, epoch, sequence: 1n, items: [item('late')] });
  await expect(late).rejects.toMatchObject({ reason: 'FENCED', effect: 'none' });
  await waitFor(() => lost.length > 0, { what: 'the client to tell of the lost lease' });
  expect(lost).toEqual([`${threadId} FENCED`]);
  const grant = await store.resumeThread({ threadId });
  expect(grant.epoch).toBe(fencedAt + 1n);
  await store.appendItems({ threadId, epoch: grant.epoch, sequence: 0n, items: [item('second')] });
  expect(await store.appendItems(first)).toEqual({ firstOrdinal: 0n, lastOrdinal: 0n, duplicate: true });
  expect((await store.loadHistory({ threadId })).items).toEqual([item('first'), item('second')]);

  const again = await threadstore(['fence', '--to', `${fencedAt}`], env);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(printed(0)) as string });
  await store.appendItems({ threadId, epoch: grant.epoch, sequence: 1n, items: [item('undisturbed')] });
  const below = await threadstore(['fence', '--to', '1'], env);
  expect(below.code).toBe(1);
  expect(below.stderr).toMatch(/: to: must be \d+, to go on, or from \d+ to \d+ \(got 1\)\n$/);
  expect(await threadstore(['fence', '--to', 'x'], env)).toMatchObject({ code: 2 });
});

test('Ctrl-C ends it, and says how to go on', async () => {
  await using database = await createScratchDatabase(migrated);
  await withClient(database.url, async (holder) => {
    await holder.query(
      `insert into threadstore.threads (tenant, thread_id, materialized)
       select 'default', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, true from generate_series(1, 700) as n`,
    );
    const held = `('default', '00000000-0000-7000-8000-000000000600')`;
    const env = { DATABASE_URL: database.url };
    expect(await threadstore(['fence', '--to', '5000000'], env)).toMatchObject({ code: 0 });
    await holder.query('update threadstore.threads set writer_epoch = 1');
    await holder.query(`begin; select from threadstore.threads where (tenant, thread_id) = ${held} for update`);
    await using fencing = await startThreadstore(['fence', '--to', '5000000'], { env });
    const fenced = async (): Promise<boolean> => {
      const { rows } = await holder.query<{ count: number }>(
        'select count(*)::int as count from threadstore.threads where writer_epoch = 5000000',
      );
      return rows[0]?.count === 699;
    };
    await waitFor(fenced, { what: 'all threads but one to be fenced' });
    fencing.kill('SIGINT');
    expect(await fencing.ended).toMatchObject({ code: 1 });
    expect(fencing.stdout()).toBe('');
    expect(fencing.stderr()).toMatch(
      /^threadstore: DATABASE_URL: [^\n]+: the call was cancelled \(699 threads are done; go on with --to 5000000\)\n$/,
    );
    await holder.query('rollback');
    const rest = await threadstore(['fence', '--to', '5000000'], env);
    expect(rest).toMatchObject({ code: 0, stderr: '' });
    expect(rest.stdout).toMatch(/: 1 threads, epoch 5000000\n$/);
  });
});

test('the embedded database', async () => {
  await using backend = await embedded();
  const empty = await threadstore(['fence'], backend.env);
  expect(empty).toMatchObject({ code: 0, stderr: '' });
  expect(empty.stdout).toMatch(printed(0));
  await using service = await backend.start();
  await using store = new RemoteThreadStore({ endpoint: service.endpoint });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  expect(`${epoch}`).toBe(printed(0).exec(empty.stdout)?.[1]);
});
