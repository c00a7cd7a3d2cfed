import { describe, expect, test } from 'vitest';
import { MemoryStorage, MemoryThreadStore } from '../src/index.ts';
import { facts, rejection } from './failure.ts';
import { collect, item, listed, newId, threadWithItem } from './memory-fixture.ts';

describe('storage', () => {
  test('two stores of one storage see the same threads; each store alone has its own', async () => {
    const storage = new MemoryStorage();
    const a = new MemoryThreadStore({ storage });
    const b = new MemoryThreadStore({ storage });
    const threadId = await threadWithItem(a);
    expect(await b.loadHistory({ threadId })).toEqual({ threadId, items: [item] });
    const { epoch } = await b.resumeThread({ threadId, takeover: 'steal' });
    expect((await rejection(a.appendItems({ threadId, epoch: 1n, sequence: 1n, items: [item] }))).reason).toBe(
      'FENCED',
    );
    await b.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
    expect((await rejection(new MemoryThreadStore().readThread({ threadId }))).reason).toBe('THREAD_NOT_FOUND');

    await a.close();
    expect((await b.readThread({ threadId })).nextOrdinal).toBe(2n);
  });

  test('tenants share an id and nothing else', async () => {
    const storage = new MemoryStorage();
    const mine = new MemoryThreadStore({ storage, tenant: 'mine' });
    const theirs = new MemoryThreadStore({ storage, tenant: 'theirs' });
    const threadId = await threadWithItem(mine);
    const ref = { threadId, epoch: 1n };

    const absent = await rejection(new MemoryThreadStore().readThread({ threadId }));
    const calls = [
      theirs.readThread({ threadId }),
      theirs.loadHistory({ threadId }),
      collect(theirs.streamHistory({ threadId })),
      theirs.resumeThread({ threadId, takeover: 'steal' }),
      theirs.appendItems({ ...ref, sequence: 0n, items: [item] }),
      theirs.appendItems({ threadId, external: true, operationId: 'x', items: [item] }),
      theirs.persistThread(ref),
      theirs.flushThread(ref),
      theirs.shutdownThread(ref),
      theirs.updateThreadMetadata({ threadId, patch: {} }),
      theirs.archiveThread({ threadId }),
      theirs.unarchiveThread({ threadId }),
      theirs.deleteThread({ threadId }),
    ];
    for (const call of calls) {
      expect(facts(await rejection(call))).toEqual(facts(absent));
    }
    const { lost } = await theirs.renewLeases({ writers: [ref] });
    expect(lost.map(({ error, ...writer }) => [writer, facts(error)])).toEqual([[ref, facts(absent)]]);
    await theirs.discardThread(ref);
    expect(await listed(theirs)).toEqual([]);

    await theirs.createThread({ threadId });
    await theirs.persistThread(ref);
    await theirs.deleteThread({ threadId });
    expect((await rejection(theirs.readThread({ threadId }))).reason).toBe('THREAD_DELETED');
    expect((await mine.readThread({ threadId })).nextOrdinal).toBe(1n);
  });

  test("a tenant's cursor is not another's", async () => {
    const storage = new MemoryStorage();
    const mine = new MemoryThreadStore({ storage, tenant: 'mine' });
    await threadWithItem(mine);
    await threadWithItem(mine);
    const { nextCursor } = await mine.listThreads({ pageSize: 1 });
    const theirs = new MemoryThreadStore({ storage, tenant: 'theirs' });
    expect((await rejection(theirs.listThreads({ cursor: nextCursor }))).reason).toBe('INVALID_CURSOR');
    expect((await mine.listThreads({ cursor: nextCursor })).threads).toHaveLength(1);
  });
});

test('a discarded writer can not write into what the next creator of its id made', async () => {
  const store = new MemoryThreadStore();
  const threadId = newId();
  const first = await store.createThread({ threadId });
  await store.discardThread({ threadId, epoch: first.epoch });
  const second = await store.createThread({ threadId });
  expect(second.epoch).toBeGreaterThan(first.epoch);
  const late = store.appendItems({ threadId, epoch: first.epoch, sequence: 0n, items: [item] });
  expect((await rejection(late)).reason).toBe('FENCED');
});
