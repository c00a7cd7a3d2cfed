import { setTimeout as sleep } from 'node:timers/promises';
import { ThreadStoreError } from '@threadstore/core';
import { waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { StandbyServer } from './support/standby-server.ts';
import { items, writtenThread } from './support/threads.ts';

let server: StandbyServer;

beforeAll(async () => {
  server = await StandbyServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test('while a standby does not answer writes are refused and reads go on; a write finds out when it is back', async () => {
  const database = connectPostgres({ connectionString: server.url });
  const store = new PostgresThreadStore({ database });
  const threads = await Promise.all(Array.from({ length: 40 }, () => writtenThread(store)));
  const append = (index: number, sequence: bigint) => {
    const { threadId, epoch } = threads[index] ?? { threadId: '', epoch: 0n };
    return store.appendItems({ threadId, epoch, sequence, items: items(1) });
  };
  await server.setStandby('nobody');
  // The server takes the setting in its own time. These are stuck, or wait behind those that are.
  const stuck: Promise<unknown>[] = [];
  for (let index = 0; index < threads.length && (await server.waitingCommits()).length < 2; index += 1) {
    stuck.push(append(index, 1n).catch((error: unknown) => error));
    await sleep(50);
  }
  await waitFor(async () => (await server.waitingCommits()).length >= 2, { what: 'commits that are stuck' });
  const patch = { threadId: threads[39]?.threadId ?? '', patch: { name: 'renamed' } };
  const refusal = await waitFor(
    async () => {
      // One that is let in to try how it is does not come back.
      const answer = await Promise.race([failure(store.updateThreadMetadata(patch)), sleep(200, undefined)]);
      return answer !== undefined && answer.reason === 'BACKEND_UNAVAILABLE' ? answer : undefined;
    },
    { what: 'a write to be refused' },
  );
  expect(refusal).toMatchObject({ effect: 'none', retryAfterMs: 1_000 });
  // So are appends, at once.
  expect(await failure(append(39, 1n))).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none' });
  expect((await store.readThread({ threadId: patch.threadId })).nextOrdinal).toBe(2n);

  await server.setStandby('');
  const refused = (await Promise.all(stuck)).filter((answer) => answer instanceof ThreadStoreError);
  expect(refused.filter(({ effect }) => effect !== 'none')).toEqual([]);
  const stored = await waitFor(() => append(39, 1n).catch(() => undefined), { what: 'writes to be taken again' });
  expect(stored).toMatchObject({ firstOrdinal: 2n });
  await database.close();
});

test('a line for connections that is too long is told at once, and nothing was sent', async () => {
  await using database = connectPostgres({ connectionString: server.url, poolSize: 1 });
  const store = new PostgresThreadStore({ database });
  const { threadId } = await writtenThread(store);
  const { promise, resolve: free } = Promise.withResolvers<void>();
  const held = database.transaction(() => promise);
  const reads = Array.from({ length: 104 }, () => store.readThread({ threadId }).catch((error: unknown) => error));
  const refused = await Promise.race(reads);
  expect(refused).toMatchObject({ reason: 'OVERLOADED', effect: 'none', retryAfterMs: 200 });
  free();
  await held;
  const answers = await Promise.all(reads);
  // A hundred may wait, what holds the connection not among them, unless it was still on its way to it.
  const refusals = answers.filter((answer) => answer instanceof Error).length;
  expect(refusals).toBeGreaterThanOrEqual(4);
  expect(refusals).toBeLessThan(8);
});
