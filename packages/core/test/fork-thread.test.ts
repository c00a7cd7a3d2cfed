import { describe, expect, test, vi } from 'vitest';
import {
  forkThread,
  MemoryThreadStore,
  ThreadStoreError,
  type ForkThreadParams,
  type StoredThread,
  type ThreadStore,
} from '../src/index.ts';
import { newId } from './memory-fixture.ts';

const event = (type: string, fields: object = {}): string =>
  JSON.stringify({ type: 'event_msg', payload: { type, ...fields } });
const says = (text: string): readonly string[] => [
  JSON.stringify({ type: 'response_item', payload: { type: 'message', role: 'user', content: [{ text }] } }),
  event('user_message', { message: text }),
];
const turn = (turnId: string): readonly string[] => [
  event('task_started', { turn_id: turnId }),
  ...says(turnId),
  event('task_complete', { turn_id: turnId }),
];
const session = [
  '{"type": "session_meta", "n": 1.0}',
  ...turn('a'),
  ...turn('b'),
  event('exec_command_end', { turn_id: 'a' }),
  ...turn('c'),
  event('thread_rolled_back', { num_turns: 1 }),
  event('task_started', { turn_id: 'd' }),
  ...says('d'),
];

/** The store as if it could not fork. */
function withoutForks(store: ThreadStore): ThreadStore {
  return new Proxy(store, {
    get(target, key) {
      if (key === 'capabilities') return { ...store.capabilities, forkThread: false };
      if (key === 'forkThread') return () => expect.fail('it has no forks');
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

const metadata = {
  name: 'a name',
  title: 'a title',
  preview: 'a preview',
  model: 'm',
  source: { custom: 'x' },
  gitInfo: { branch: 'main', commitHash: 'c' },
  tokenUsage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0, totalTokens: 2 },
} as const;

async function withSource(): Promise<{ store: MemoryThreadStore; sourceThreadId: string }> {
  const store = new MemoryThreadStore({ now: () => new Date(1_000) });
  const { threadId, epoch } = await store.createThread({ threadId: newId(), metadata });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: session });
  return { store, sourceThreadId: threadId };
}

/** All that there is to know of a fork, but its id, and how many batches it took. */
async function toldOf(store: ThreadStore, threadId: string): Promise<unknown> {
  const {
    threadId: _,
    nextSequence: _batches,
    lease,
    history,
    ...thread
  }: StoredThread = await store.readThread({
    threadId,
    includeHistory: true,
  });
  const turns = await store.listTurns({ threadId, itemsView: 'full' });
  const items = await store.listItems({ threadId, pageSize: 200 });
  return { ...thread, holder: lease?.holder, items: history?.items, turns: turns.turns, shown: items.items };
}

const points: readonly ForkThreadParams['at'][] = [
  undefined,
  { beforeOrdinal: 0n },
  { beforeOrdinal: 3n },
  { beforeOrdinal: 100n },
  { beforeTurn: 'a' },
  { beforeTurn: 'd' },
  { throughTurn: 'a' },
  { throughTurn: 'b' },
  { beforeUserMessage: 0 },
  { beforeUserMessage: 1 },
  { beforeUserMessage: 2 },
  { beforeUserMessage: 3 },
];

describe('forkThread on a store that has no forks', () => {
  test.for(points.map((at) => [String(Object.entries(at ?? {})), at] as const))(
    'gives what a store that has them gives: %s',
    async ([_, at]) => {
      const { store, sourceThreadId } = await withSource();
      const more = { ...(at && { at }), sessionId: 's', metadata: { model: null, gitInfo: { branch: 'b' } } };
      const [one, other] = [newId(), newId()];
      const native = await forkThread(store, { threadId: one, sourceThreadId, ...more });
      const made = await forkThread(withoutForks(store), { threadId: other, sourceThreadId, ...more });
      expect({ ...made, threadId: one, nextSequence: 0n }).toEqual(native);
      expect(await toldOf(store, other)).toEqual(await toldOf(store, one));
      for (const { threadId, epoch, nextOrdinal, nextSequence: sequence } of [native, made]) {
        const next = store.appendItems({ threadId, epoch, sequence, items: ['{"type":"next"}'] });
        expect(await next).toMatchObject({ firstOrdinal: nextOrdinal, duplicate: false });
      }
    },
  );

  test.for([{ beforeTurn: 'c' }, { throughTurn: 'd' }, { throughTurn: 'none' }, {}])(
    'refuses as such a store does: %j',
    async (at) => {
      const { store, sourceThreadId } = await withSource();
      const params = { threadId: newId(), sourceThreadId, at: at as NonNullable<ForkThreadParams['at']> };
      const told = async (call: Promise<unknown>): Promise<unknown> => {
        const error: unknown = await call.catch((reason: unknown) => reason);
        return error instanceof ThreadStoreError ? [error.reason, error.message, error.details] : error;
      };
      expect(await told(forkThread(withoutForks(store), params))).toEqual(await told(forkThread(store, params)));
      expect((await store.listThreads()).threads).toHaveLength(1);
      await store.createThread(params);
    },
  );

  test('a long thread goes in batches that a store takes', async () => {
    const store = new MemoryThreadStore();
    const { threadId: sourceThreadId, epoch } = await store.createThread({ threadId: newId() });
    for (let sequence = 0n; sequence < 3n; sequence += 1n) {
      const items = Array.from({ length: 1_000 }, (_, n) => `{"type":"x","n":${n}}`);
      await store.appendItems({ threadId: sourceThreadId, epoch, sequence, items });
    }
    const made = await forkThread(withoutForks(store), { threadId: newId(), sourceThreadId });
    expect(made).toMatchObject({ nextOrdinal: 3_000n, nextSequence: 3n });
    expect((await store.loadHistory(made)).items).toEqual(
      (await store.loadHistory({ threadId: sourceThreadId })).items,
    );
  });

  test.for(['appendItems', 'persistThread'] as const)('deletes what it has made when %s fails', async (operation) => {
    const { store, sourceThreadId } = await withSource();
    const failing = withoutForks(store);
    const full = new ThreadStoreError({ reason: 'STORAGE_FULL', message: 'full' });
    vi.spyOn(store, operation).mockRejectedValue(full);
    const threadId = newId();
    await expect(forkThread(failing, { threadId, sourceThreadId })).rejects.toBe(full);
    const gone = operation === 'appendItems' ? 'THREAD_NOT_FOUND' : 'THREAD_DELETED';
    await expect(store.readThread({ threadId })).rejects.toMatchObject({ reason: gone });
    await expect(store.flushThread({ threadId, epoch: 1n })).rejects.toMatchObject({ reason: gone });
    expect((await store.listThreads()).threads).toHaveLength(1);
  });
});
