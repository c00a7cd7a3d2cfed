import { MemoryThreadStore, newThreadId, type StoredThread, type ThreadMetadataPatch } from '@threadstore/core';
import { expect, test } from 'vitest';
import { shownName, threadToWire } from '../src/thread-to-wire.ts';

async function threadWith(metadata: ThreadMetadataPatch): Promise<StoredThread> {
  await using store = new MemoryThreadStore();
  const threadId = newThreadId();
  await store.persistThread(await store.createThread({ threadId, metadata }));
  return await store.readThread({ threadId });
}

test.each([
  [{}, null],
  [{ name: 'given', title: 'derived' }, 'given'],
  [{ name: ' ', title: 'derived', firstUserMessage: 'said' }, 'derived'],
  [{ title: 'said', firstUserMessage: 'said', preview: 'a goal' }, null],
  [{ name: 'the preview ', preview: ' the preview' }, null],
  [{ name: 'given', preview: 'given, and more' }, 'given'],
] as const)('of %o the name is %s', async (metadata, name) => {
  expect(shownName(await threadWith(metadata))).toBe(name);
});

test('what a release does not know is left out, and its own default stands for it', async () => {
  const thread = await threadWith({
    reasoningEffort: 'ultra',
    threadSource: 'of a newer release',
    approvalMode: { granular: {} },
    sandboxPolicy: { type: 'of a newer release' },
    source: { internal: 'x' },
  });
  expect(threadToWire(thread)).toMatchObject({
    reasoningEffort: undefined,
    threadSource: undefined,
    approvalModeJson: undefined,
    sandboxPolicyJson: undefined,
    source: { kind: 0 },
  });
  const known = await threadWith({ reasoningEffort: 'xhigh', threadSource: 'subagent', approvalMode: 'never' });
  expect(threadToWire(known)).toMatchObject({
    reasoningEffort: 'xhigh',
    threadSource: 'subagent',
    approvalModeJson: '"never"',
  });
});

test('times are the whole second that has begun, before 1970 too', async () => {
  const thread = await threadWith({ createdAt: new Date(1_999), updatedAt: new Date(-1) });
  expect(threadToWire(thread)).toMatchObject({ createdAt: 1n, updatedAt: -1n, archivedAt: undefined });
});
