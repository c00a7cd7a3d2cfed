import { describe, expect, test } from 'vitest';
import { MemoryThreadStore } from '../src/index.ts';
import { Clock, collect, item, newId, threadWithItem } from './memory-fixture.ts';

describe('nothing is shared with the caller', () => {
  const metadata = () => ({
    createdAt: new Date(1_000),
    source: { custom: 'x', list: [1] },
    gitInfo: { branch: 'main' },
    approvalMode: { a: [1] },
    sandboxPolicy: ['x'],
    tokenUsage: { inputTokens: 1, cachedInputTokens: 1, outputTokens: 1, reasoningOutputTokens: 1, totalTokens: 1 },
  });

  /** Changes every object, array and Date that can be reached from a value. */
  function spoil(value: unknown): void {
    if (value instanceof Date) {
      value.setTime(0);
    } else if (Array.isArray(value)) {
      for (const member of value) spoil(member);
      value.length = 0;
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        spoil(member);
        Reflect.set(value, key, 'spoilt');
      }
    }
  }

  test.for(['createThread', 'updateThreadMetadata', 'appendItems'] as const)('on the way in: %s', async (operation) => {
    const store = new MemoryThreadStore();
    const threadId = newId();
    const given = metadata();
    const items = [item, item];
    await store.createThread({ threadId, metadata: operation === 'createThread' ? given : {} });
    const append = { threadId, epoch: 1n, sequence: 0n, items };
    const appended = store.appendItems(operation === 'appendItems' ? { ...append, metadata: given } : append);
    if (operation !== 'appendItems') await appended;
    const updated =
      operation === 'updateThreadMetadata' ? store.updateThreadMetadata({ threadId, patch: given }) : undefined;
    spoil(given);
    spoil(items);
    await Promise.all([appended, updated]);
    const { gitInfo, ...rest } = metadata();
    expect(await store.readThread({ threadId, includeHistory: true })).toMatchObject({
      ...rest,
      gitInfo: { ...gitInfo, commitHash: null, repositoryUrl: null },
      history: { items: [item, item] },
    });
  });

  test('on the way out', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now });
    const threadId = newId();
    const grant = await store.createThread({ threadId, metadata: metadata() });
    await store.appendItems({ threadId, epoch: 1n, sequence: 0n, items: [item] });
    const read = { threadId, includeHistory: true };
    const before = structuredClone(await store.readThread(read));
    spoil(grant);
    spoil(await store.readThread(read));
    spoil(await store.loadHistory({ threadId }));
    spoil(await collect(store.streamHistory({ threadId })));
    spoil(await store.listThreads());
    spoil(await store.updateThreadMetadata({ threadId, patch: {} }));
    spoil(await store.unarchiveThread({ threadId, epoch: 1n }));
    expect(await store.readThread(read)).toEqual(before);
  });

  test('keys of Object.prototype in a JSON value survive', async () => {
    const store = new MemoryThreadStore();
    const threadId = await threadWithItem(store);
    const sandboxPolicy = JSON.parse('{"__proto__":{"polluted":1}}') as { [key: string]: string };
    const thread = await store.updateThreadMetadata({ threadId, patch: { sandboxPolicy } });
    expect(JSON.stringify(thread.sandboxPolicy)).toBe('{"__proto__":{"polluted":1}}');
  });
});
