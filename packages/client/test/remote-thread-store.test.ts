import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import {
  optionalOperations,
  type ItemPage,
  type OptionalOperation,
  type ThreadRelation,
  type ThreadStore,
} from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { serve } from './service.ts';
import { collect, item, rejection, signal, threadOf } from './thread-data.ts';

describe('a remote store', () => {
  test('is told apart from the store behind it by its capabilities alone', async () => {
    const { service, client } = await serve();
    const { threadId, epoch, lease, nextOrdinal } = await client.createThread({
      threadId: randomUUID(),
      holder: 'worker 7',
      sessionId: 's',
      metadata: { name: 'first', source: { subagent: 'x' }, createdAt: new Date(1_234) },
    });
    expect(lease.holder).toBe('worker 7');
    expect(nextOrdinal).toBe(0n);
    const writer = { threadId, epoch };
    await client.persistThread(writer);
    const awkward = ['{"type":"x","a":1.0,"__proto__":{"b":1e400}}', '{ "type" : "\\u0000\\ud800", "ä": "😀" }'];
    const appended = await client.appendItems({ ...writer, sequence: 0n, items: awkward, metadata: { title: 'T' } });
    expect(appended).toEqual({ firstOrdinal: 0n, lastOrdinal: 1n, duplicate: false });
    await client.flushThread(writer);
    expect(await client.updateThreadMetadata({ threadId, patch: { name: null, gitInfo: { branch: 'b' } } })).toEqual(
      await service.store.readThread({ threadId }),
    );
    expect(await client.readThread({ threadId, includeHistory: true })).toEqual({
      ...(await service.store.readThread({ threadId })),
      history: { threadId, items: awkward },
    });
    expect(await client.loadHistory({ threadId: threadId.toUpperCase() })).toEqual({ threadId, items: awkward });
    expect(await collect(client.streamHistory({ threadId, fromOrdinal: 1n }))).toEqual([
      { firstOrdinal: 1n, items: awkward.slice(1), untilOrdinal: 2n },
    ]);
    expect(await client.listThreads({ allowedSources: [{ subagent: 'x' }] })).toEqual(
      await service.store.listThreads({ allowedSources: [{ subagent: 'x' }] }),
    );
    await client.shutdownThread(writer);
    await client.archiveThread({ threadId });
    expect((await rejection(client.readThread({ threadId }))).reason).toBe('THREAD_ARCHIVED');
    expect((await client.unarchiveThread({ threadId })).archivedAt).toBeNull();
    const again = await client.resumeThread({ threadId });
    expect(again.epoch).toBeGreaterThan(epoch);
    await client.discardThread(again);
    await client.deleteThread({ threadId });
    expect(await rejection(client.readThread({ threadId }))).toMatchObject({ reason: 'THREAD_DELETED', remote: true });
  });

  test('reads turns, items and searches as the store behind it', async () => {
    const { service, client } = await serve();
    const event = (payload: object): string => JSON.stringify({ type: 'event_msg', payload });
    const { threadId } = await threadOf(client, [
      event({ type: 'task_started', turn_id: 'one' }),
      event({ type: 'user_message', message: 'why is the fence wet?' }),
      event({ type: 'agent_message', message: 'Because of the rain.', phase: 'final_answer' }),
      event({ type: 'task_complete', turn_id: 'one', completed_at: 1_770_000_000, duration_ms: 12.5 }),
      item('outside'),
      event({ type: 'task_started', turn_id: 'two' }),
      event({ type: 'error', message: 'out of paint' }),
    ]);
    const { store } = service;
    for (const itemsView of ['notLoaded', 'summary', 'full'] as const) {
      const turns = { threadId: threadId.toUpperCase(), itemsView };
      const page = await client.listTurns(turns);
      expect(page).toEqual(await store.listTurns(turns));
      expect(page.turns.map(({ turnId, status }) => [turnId, status])).toEqual([
        ['two', 'failed'],
        ['one', 'completed'],
      ]);
    }
    const first = await client.listItems({ threadId, pageSize: 3 });
    expect(first).toEqual(await store.listItems({ threadId, pageSize: 3 }));
    const second = await client.listItems({ threadId, cursor: first.nextCursor });
    expect(second.items.map(({ turnId }) => turnId)).toEqual(['one', null, 'two', 'two']);
    const back = { threadId, cursor: second.backwardsCursor, sortDirection: 'desc' as const };
    expect((await client.listItems(back)).items.map(({ ordinal }) => ordinal)).toEqual([3n, 2n, 1n, 0n]);
    const ofTurn = { threadId, turnId: 'two' };
    expect((await client.listItems(ofTurn)).items).toEqual((await store.listItems(ofTurn)).items);
    const search = { searchTerm: 'the RAIN', modelProviders: null };
    const { hits } = await client.searchThreads(search);
    expect(hits).toMatchObject([{ ordinal: 2n, turnId: 'one', snippet: 'Because of the rain.' }]);
    expect(hits).toEqual((await store.searchThreads(search)).hits);
    expect(await client.searchThreads({ searchTerm: 'rain', archived: true })).toEqual({ hits: [], nextCursor: null });
  });

  test('gives its own label to the leases it takes', async () => {
    const { client } = await serve(undefined, { holder: 'box:9' });
    expect((await threadOf(client)).lease.holder).toBe('box:9');
  });

  test('refuses what it lacks, naming the operation and what to call in its place', async () => {
    const { client } = await serve();
    const threadId = randomUUID();
    const calls: Partial<Record<OptionalOperation, () => Promise<unknown>>> = {
      readThreadByRolloutPath: () => client.readThreadByRolloutPath({ rolloutPath: '/x' }),
      loadModelContext: () => client.loadModelContext({ threadId }),
      tailThread: () => collect(client.tailThread({ threadId })),
      watchThreads: () => collect(client.watchThreads()),
    };
    for (const operation of Object.keys(optionalOperations) as OptionalOperation[]) {
      const call = calls[operation];
      expect(client.capabilities[operation]).toBe(call === undefined);
      if (call === undefined) continue;
      const error = await rejection(call());
      expect(error).toMatchObject({
        reason: 'UNSUPPORTED_OPERATION',
        details: { operation: optionalOperations[operation] },
      });
      expect(error.message).toMatch(/, (use|read|create) /);
    }
  });

  test('takes an undefined member of a relation for an absent one', async () => {
    const { service, client } = await serve();
    const parentThreadId = randomUUID();
    const child = await client.createThread({ threadId: randomUUID(), parentThreadId });
    await client.persistThread(child);
    const relation = { directChildrenOf: undefined, descendantsOf: parentThreadId } as unknown as ThreadRelation;
    const { threads } = await client.listThreads({ relation });
    expect(threads.map(({ threadId }) => threadId)).toEqual([child.threadId]);
    expect(await service.store.listThreads({ relation })).toEqual({ threads, nextCursor: null });
  });

  test('sends nothing that it knows to be wrong', async () => {
    const { client } = await serve(() => {
      const never = (): Promise<never> => Promise.reject(new Error('it was sent'));
      const lists = { listThreads: never, listTurns: never, listItems: never, searchThreads: never };
      return { createThread: never, appendItems: never, updateThreadMetadata: never, ...lists };
    });
    const threadId = randomUUID();
    const append = (items: unknown) =>
      rejection(client.appendItems({ threadId, epoch: 1n, sequence: 0n, items: items as string[] }));
    expect(await append(['{"type":"\ud800"}'])).toMatchObject({
      reason: 'NOT_UNICODE',
      details: { field: 'items[0]' },
      effect: 'none',
    });
    expect(await append([])).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'items' } });
    expect(await append('x')).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'items' } });
    expect(await append([item(1), { type: 'x' }])).toMatchObject({ details: { field: 'items[1]' } });
    expect((await rejection(client.createThread({ threadId: 'x' }))).details['field']).toBe('threadId');
    expect(
      (await rejection(client.updateThreadMetadata({ threadId, patch: { name: 'a\udfff' } }))).details['field'],
    ).toBe('patch.name');
    expect((await rejection(client.listThreads({ pageSize: -1 }))).details['field']).toBe('pageSize');
    expect((await rejection(client.listThreads({ cursor: '' }))).reason).toBe('INVALID_CURSOR');
    expect((await rejection(client.listTurns({ threadId: 'x' }))).details['field']).toBe('threadId');
    expect((await rejection(client.listTurns({ threadId, itemsView: 'half' as never }))).details['field']).toBe(
      'itemsView',
    );
    expect((await rejection(client.listItems({ threadId, turnId: 7 as never }))).details['field']).toBe('turnId');
    expect((await rejection(client.listItems({ threadId, cursor: 7 as never }))).details['field']).toBe('cursor');
    for (const searchTerm of ['', ' - ', undefined as never]) {
      expect((await rejection(client.searchThreads({ searchTerm }))).details['field']).toBe('searchTerm');
    }
    await expect(client.appendItems(undefined as never)).rejects.toBeInstanceOf(TypeError);
  });

  test.each([
    '',
    'localhost',
    'localhost:',
    ':50051',
    'localhost:0',
    'localhost:65536',
    'ftp://localhost:50051',
    'http://localhost:50051/path',
    'user@localhost:50051',
    '::1:50051',
    'two words:50051',
    'localhost:50051,',
    'localhost:50051,elsewhere',
    [],
    ['localhost:50051', ''],
  ])('refuses the endpoint %j', (endpoint) => {
    expect(() => new RemoteThreadStore({ endpoint })).toThrow(/^endpoint: expected host:port/);
  });

  test('takes the usual spellings of an endpoint', async () => {
    const { service } = await serve();
    const address = `127.0.0.1:${service.port}`;
    for (const endpoint of [`http://${address}`, `${address}/`, [address], `${address}, http://${address}`]) {
      const client = service.client({ endpoint });
      expect((await client.listThreads()).threads).toEqual([]);
    }
    expect(() => new RemoteThreadStore({ endpoint: '[::1]:50051' })).not.toThrow();
    expect(() => new RemoteThreadStore({ endpoint: 'unix:/run/threadstore.sock' })).not.toThrow();
  });

  test('refuses numbers out of range', () => {
    const endpoint = '127.0.0.1:1';
    for (const deadlineMs of [0, -1, 1.5, Number.NaN, Infinity, 86_400_001]) {
      expect(() => new RemoteThreadStore({ endpoint, deadlineMs })).toThrow(RangeError);
    }
    expect(() => new RemoteThreadStore({ endpoint, maxReceiveMessageBytes: 0 })).toThrow(RangeError);
  });

  test('reads an item of 8 MiB', async () => {
    const { client } = await serve();
    const large = item('x'.repeat(8 * 1_024 * 1_024 - 40));
    const { threadId } = await threadOf(client, [item(1), large, item(2)]);
    expect((await client.loadHistory({ threadId })).items[1]).toBe(large);
  });
});

describe('what is large', () => {
  test('comes whole: a turn of 32 MiB in full view, and more by pages of items', async () => {
    const { service, client } = await serve();
    const { store } = service;
    const { threadId, epoch } = await threadOf(store);
    const open = JSON.stringify({ type: 'event_msg', payload: { type: 'task_started', turn_id: 'one' } });
    const large = Array.from({ length: 4 }, (_one, index) => item(`${index}`.repeat(8 * 1_024 * 1_024 - 100)));
    for (const [index, json] of [open, ...large].entries()) {
      await store.appendItems({ threadId, epoch, sequence: BigInt(index), items: [json] });
    }
    const { turns } = await client.listTurns({ threadId, itemsView: 'full' });
    expect(turns[0]?.items.map(({ json }) => json)).toEqual([open, ...large]);
    await store.appendItems({ threadId, epoch, sequence: 5n, items: [item('x'.repeat(1_000))] });
    expect(await rejection(client.listTurns({ threadId, itemsView: 'full' }))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { field: 'itemsView', limit: 'turnBytesMax' },
    });
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: ItemPage = await client.listItems({ threadId, turnId: 'one', cursor });
      sizes.push(page.items.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(sizes).toEqual([2, 1, 1, 1, 1]);
  });
});

describe('calls made without waiting', () => {
  test('of other threads do not wait', async () => {
    const free = signal();
    const { client } = await serve((handlers) => ({
      appendItems: async (request, context) => {
        if (request.threadId === slow.threadId) await free.given;
        return await handlers.appendItems(request, context);
      },
    }));
    const slow = await threadOf(client);
    const other = await threadOf(client);
    const append = ({ threadId, epoch }: typeof slow) =>
      client.appendItems({ threadId, epoch, sequence: 0n, items: [item(1)] });
    const waiting = append(slow);
    expect((await append(other)).firstOrdinal).toBe(0n);
    free.give();
    expect((await waiting).firstOrdinal).toBe(0n);
  });

  test('flush and shutdown wait for the appends before, which fail for themselves', async () => {
    const { client } = await serve((handlers) => ({
      appendItems: async (request, context) => {
        // Slow enough for a call that does not wait to overtake it.
        await new Promise((resolve) => setTimeout(resolve, 20));
        return await handlers.appendItems(request, context);
      },
    }));
    const writer = await threadOf(client);
    const { threadId, epoch } = writer;
    const append = (sequence: bigint) =>
      client.appendItems({ threadId, epoch, sequence, items: [item(Number(sequence))] });
    const calls = [append(0n), append(2n), client.flushThread(writer), append(1n), client.shutdownThread(writer)];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { reason: 'SEQUENCE_GAP' } });
    expect((await rejection(append(2n))).reason).toBe('WRITER_RELEASED');
  });

  test('discard does not wait', async () => {
    const entered = signal();
    const free = signal();
    const { client } = await serve((handlers) => ({
      appendItems: async (request, context) => {
        entered.give();
        await free.given;
        return await handlers.appendItems(request, context);
      },
    }));
    const writer = await threadOf(client);
    await client.persistThread(writer);
    const late = rejection(
      client.appendItems({ threadId: writer.threadId, epoch: writer.epoch, sequence: 0n, items: [item(1)] }),
    );
    await entered.given;
    await client.discardThread(writer);
    free.give();
    expect((await late).reason).toBe('WRITER_RELEASED');
  });
});

describe('close', () => {
  test('waits for calls under way, then refuses', async () => {
    const entered = signal();
    const free = signal();
    const { client } = await serve((handlers) => ({
      readThread: async (request, context) => {
        entered.give();
        await free.given;
        return await handlers.readThread(request, context);
      },
    }));
    const { threadId } = await threadOf(client, [item(1)]);
    const reading = client.readThread({ threadId });
    await entered.given;
    let closed = false;
    const closing = client.close().then(() => {
      closed = true;
    });
    const refused: (() => Promise<unknown>)[] = [
      () => client.readThread({ threadId }),
      () => collect(client.streamHistory({ threadId })),
      () => client.listTurns({ threadId }),
      () => client.watchThreads()[Symbol.asyncIterator]().next(),
      () => client.createThread({ threadId: 'not even an id' }),
    ];
    for (const call of refused) expect((await rejection(call())).reason).toBe('STORE_CLOSED');
    expect(closed).toBe(false);
    free.give();
    expect((await reading).threadId).toBe(threadId);
    await closing;
    await client.close();
  });

  test('ends histories that nobody is waiting for', async () => {
    const items = Array.from({ length: 40 }, () => item('x'.repeat(100_000)));
    const ended = signal();
    const { client } = await serve((handlers) => ({
      async *readHistory(request, context) {
        try {
          yield* handlers.readHistory(request, context);
        } finally {
          ended.give();
        }
      },
    }));
    const { threadId } = await threadOf(client, items);
    const stream = client.streamHistory({ threadId })[Symbol.asyncIterator]();
    await stream.next();
    await client.close();
    await ended.given;
    expect((await rejection(stream.next())).reason).toBe('STORE_CLOSED');
  });

  test('is what `await using` does', async () => {
    const { service } = await serve();
    let kept: ThreadStore;
    {
      await using store = new RemoteThreadStore({ endpoint: `127.0.0.1:${service.port}` });
      await store.listThreads();
      kept = store;
    }
    expect((await rejection(kept.listThreads())).reason).toBe('STORE_CLOSED');
  });
});
