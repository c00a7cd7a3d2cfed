import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { frame, RawClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { served } from './support/served.ts';

const key = 'threadstore-request-id';

async function idsOf(given: string): Promise<{ readonly answered: unknown; readonly logged: unknown }> {
  await using one = await served();
  using client = new RawClient(one.endpoint);
  const { headers } = await client.call('ListThreads', frame(Buffer.alloc(0)), { [key]: given });
  return { answered: headers[key], logged: one.logged.at(-1)?.fields['requestId'] };
}

test('a UUID that a caller gives is the id of its request', async () => {
  const given = randomUUID();
  expect(await idsOf(given)).toEqual({ answered: given, logged: given });
});

test.each(['canary', '', `${randomUUID()}x`, randomUUID().replaceAll('-', ''), 'x'.repeat(5_000)])(
  'anything else is not: %s',
  async (given) => {
    const { answered, logged } = await idsOf(given);
    expect(answered).toBe(logged);
    expect(answered).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(answered).not.toBe(given);
  },
);

test('every refusal tells the id, of calls and of appends on a stream, as the log has it', async () => {
  await using one = await served();
  await using store = new RemoteThreadStore({ endpoint: one.endpoint });
  const threadId = randomUUID();
  const refused = async (call: Promise<unknown>): Promise<string | undefined> => {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    return error instanceof ThreadStoreError ? error.details['requestId'] : undefined;
  };
  const read = await refused(store.readThread({ threadId }));
  const listed = await refused(store.listThreads({ cursor: 'x' }));
  const appended = await refused(store.appendItems({ threadId, epoch: 1n, sequence: 0n, items: ['{"type":"a"}'] }));
  await store.close();
  await one.drain();
  const logged = one.logged.map(({ fields }) => [fields['rpc'], fields['requestId']]);
  expect(logged).toContainEqual(['ReadThread', read]);
  expect(logged).toContainEqual(['ListThreads', listed]);
  expect(logged).toContainEqual(['AppendStream', appended]);
});
