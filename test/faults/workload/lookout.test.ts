import { MemoryStorage, MemoryThreadStore, ThreadStoreError, type ThreadStore } from '@threadstore/core';
import { expect, test } from 'vitest';
import type { HistoryLine } from '../history/lines.ts';
import { canaryOf, type Tenant } from '../history/tenants.ts';
import { Lookout, watched } from './lookout.ts';

const threadId = '0b0f2c1e-6f0e-4c7e-9b3a-0a5e8f6d7c11';

function watching(store: ThreadStore, tenant: Tenant | null = 'owner') {
  const lines: HistoryLine[] = [];
  const lookout = new Lookout('w1', tenant, { record: (line) => lines.push(line) });
  const seen = (): readonly string[] =>
    lines.splice(0).map((line) => (line.type === 'canary' ? `${line.where}: ${line.of}` : line.type));
  return { store: watched(store, lookout), lookout, seen };
}

test('a canary is found in answers and in streams, once in each place, and nothing else is changed', async () => {
  const { store, seen } = watching(new MemoryThreadStore({ storage: new MemoryStorage() }));
  const { epoch } = await store.createThread({ threadId, holder: 'w1', metadata: { name: canaryOf('owner') } });
  expect(seen()).toEqual([]);
  const items = [JSON.stringify({ type: 'note', of: [canaryOf('intruder')] })];
  await store.appendItems({ threadId, epoch, sequence: 0n, items });
  expect((await store.readThread({ threadId })).name).toBe(canaryOf('owner'));
  await store.readThread({ threadId });
  expect(seen()).toEqual(['readThread: owner']);
  for await (const batch of store.streamHistory({ threadId })) expect(batch.items).toEqual(items);
  expect(seen()).toEqual(['streamHistory: intruder']);
  await store.close();
});

test('a canary is found in an error, what caused it, and its details, and the error is passed on', async () => {
  const cause = new Error(`caused by ${canaryOf('owner')}`);
  const error = new ThreadStoreError({
    reason: 'FENCED',
    message: 'no',
    details: { holder: canaryOf('intruder') },
    cause,
  });
  const failing = new MemoryThreadStore({ storage: new MemoryStorage() });
  failing.listThreads = () => Promise.reject(error);
  const { store, seen } = watching(failing);
  await expect(store.listThreads()).rejects.toBe(error);
  expect(seen().toSorted()).toEqual(['listThreads: intruder', 'listThreads: owner']);
});
