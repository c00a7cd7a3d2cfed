import { describe, expect, test } from 'vitest';
import {
  MemoryThreadStore,
  optionalOperations,
  type MemoryThreadStoreOptions,
  type OptionalOperation,
  type ThreadStore,
} from '../src/index.ts';
import { rejection } from './failure.ts';
import { listed, newId, threadWithItem } from './memory-fixture.ts';

describe('options', () => {
  test('a label for leases', async () => {
    const store = new MemoryThreadStore({ holder: 'worker 7' });
    const threadId = newId();
    expect((await store.createThread({ threadId })).lease.holder).toBe('worker 7');
    await store.persistThread({ threadId, epoch: 1n });
    expect((await store.resumeThread({ threadId, takeover: 'steal', holder: 'b' })).lease.holder).toBe('b');
  });

  test.for<[string, MemoryThreadStoreOptions]>([
    ['limits', { limits: { pageSizeMax: 0 } }],
    ['leaseDurationMs', { leaseDurationMs: -1 }],
  ])('%s must make sense', ([field, options]) => {
    expect(() => new MemoryThreadStore(options)).toThrow(new RegExp(`^${field}`));
  });

  test('limits bind', async () => {
    const store = new MemoryThreadStore({ limits: { nameBytesMax: 2, pageSizeMax: 2, pageSizeDefault: 1 } });
    for (let count = 0; count < 3; count += 1) await threadWithItem(store);
    expect(await listed(store)).toHaveLength(1);
    expect(await listed(store, { pageSize: 3 })).toHaveLength(2);
    const call = store.createThread({ threadId: newId(), metadata: { name: 'abc' } });
    expect((await rejection(call)).details).toEqual({
      field: 'metadata.name',
      limit: 'nameBytesMax',
      max: '2',
      got: '3',
    });
  });
});

describe('refusals', () => {
  const operations = Object.entries(optionalOperations) as [OptionalOperation, string][];
  const present: readonly OptionalOperation[] = ['listTurns', 'listItems', 'searchThreads', 'forkThread'];

  function call(store: MemoryThreadStore, operation: OptionalOperation, signal?: AbortSignal): Promise<unknown> {
    const called: unknown = Reflect.apply(store[operation], store, [{}, signal && { signal }]);
    return called instanceof Promise ? called : (called as AsyncGenerator).next();
  }

  test.for(present)('%s is there, and checks its input after all else', async (operation) => {
    const store = new MemoryThreadStore();
    expect(store.capabilities[operation]).toBe(true);
    expect((await rejection(call(store, operation))).code).toBe('invalid_request');
    expect((await rejection(call(store, operation, AbortSignal.abort()))).reason).toBe('CANCELLED');
    await store.close();
    expect((await rejection(call(store, operation, AbortSignal.abort()))).reason).toBe('STORE_CLOSED');
  });

  test.for(operations.filter(([operation]) => !present.includes(operation)))('%s', async ([operation, name]) => {
    const store = new MemoryThreadStore();
    expect(store.capabilities[operation]).toBe(false);
    expect(await rejection(call(store, operation))).toMatchObject({
      reason: 'UNSUPPORTED_OPERATION',
      details: { operation: name },
    });
    expect((await rejection(call(store, operation, AbortSignal.abort()))).reason).toBe('CANCELLED');
    await store.close();
    expect((await rejection(call(store, operation, AbortSignal.abort()))).reason).toBe('STORE_CLOSED');
  });
});

test('await using closes, and close may be repeated', async () => {
  let outside: MemoryThreadStore;
  {
    await using store = new MemoryThreadStore();
    outside = store;
    await threadWithItem(store);
  }
  await outside.close();
  expect(await rejection(outside.listThreads())).toMatchObject({ code: 'unavailable', reason: 'STORE_CLOSED' });
  expect((await rejection(outside.discardThread({ threadId: newId(), epoch: 1n }))).reason).toBe('STORE_CLOSED');
});

describe('relations', () => {
  async function child(store: ThreadStore, threadId: string, parentThreadId: string): Promise<void> {
    await store.createThread({ threadId, parentThreadId });
    await store.persistThread({ threadId, epoch: 1n });
  }

  test('rings end, and the thread itself is not listed', async () => {
    const store = new MemoryThreadStore();
    const [a, b, c] = [newId(), newId(), newId()] as [string, string, string];
    await child(store, a, c);
    await child(store, b, a);
    await child(store, c, b);
    expect(await listed(store, { relation: { descendantsOf: a }, sortDirection: 'asc' })).toEqual([b, c]);
    expect(await listed(store, { relation: { directChildrenOf: a } })).toEqual([b]);
    const own = newId();
    await child(store, own, own);
    expect(await listed(store, { relation: { directChildrenOf: own } })).toEqual([]);
  });

  test('a thread that nobody can see yet is no link', async () => {
    const store = new MemoryThreadStore();
    const [root, middle, leaf] = [newId(), newId(), newId()] as [string, string, string];
    await store.createThread({ threadId: middle, parentThreadId: root });
    await child(store, leaf, middle);
    const relation = { descendantsOf: root };
    expect(await listed(store, { relation })).toEqual([]);
    await store.persistThread({ threadId: middle, epoch: 1n });
    expect(await listed(store, { relation, sortDirection: 'asc' })).toEqual([middle, leaf]);
  });

  test('a chain of thousands', async () => {
    const store = new MemoryThreadStore();
    const root = newId();
    let parent = root;
    for (let depth = 0; depth < 5_000; depth += 1) {
      const threadId = newId();
      await child(store, threadId, parent);
      parent = threadId;
    }
    const { threads } = await store.listThreads({ relation: { descendantsOf: root }, pageSize: 200 });
    expect(threads).toHaveLength(200);
  });
});
