import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore } from '@threadstore/client';
import type { ThreadStoreError, ThreadStoreErrorReason } from '@threadstore/core';
import { serviceDefinition, ThreadStoreService, type ThreadStoreHandlers } from '@threadstore/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve } from './service.ts';
import { collect, failure, item, rejection, signal, threadOf } from './thread-data.ts';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a deadline', () => {
  test('ends a read without effect and leaves the outcome of a write open', async () => {
    const { client } = await serve(() => ({ appendItems: never, readThread: never, createThread: never }), {
      deadlineMs: 150,
    });
    const threadId = randomUUID();
    expect(await rejection(client.readThread({ threadId }))).toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      effect: 'none',
    });
    const append = client.appendItems({ threadId, epoch: 1n, sequence: 0n, items: [item(1)] });
    expect(await rejection(append)).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
    expect(await rejection(client.createThread({ threadId }))).toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      effect: 'unknown',
    });
  });

  test('that passes before there is a connection has had no effect', async () => {
    // Accepts and says nothing, so the connection is never ready.
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using client = new RemoteThreadStore({ endpoint: `127.0.0.1:${port}`, deadlineMs: 200 });
    const threadId = randomUUID();
    const calls = [
      client.createThread({ threadId }),
      client.appendItems({ threadId, epoch: 1n, sequence: 0n, items: [item(1)] }),
    ];
    for (const error of await Promise.all(calls.map(rejection))) {
      expect(error).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'none' });
    }
  });
});

describe('a signal', () => {
  test('that has fired before the call sends nothing', async () => {
    const { client } = await serve(() => ({ createThread: () => Promise.reject(new Error('it was sent')) }));
    const threadId = randomUUID();
    const aborted = { signal: AbortSignal.abort() };
    expect(await rejection(client.createThread({ threadId }, aborted))).toMatchObject({
      reason: 'CANCELLED',
      effect: 'none',
    });
    expect((await rejection(collect(client.streamHistory({ threadId }, aborted)))).reason).toBe('CANCELLED');
    expect((await rejection(client.listTurns({ threadId }, aborted))).reason).toBe('CANCELLED');
  });

  test('cancels the call at the service, and a write may be done all the same', async () => {
    const cancelled: string[] = [];
    const entered = signal();
    const wait: ThreadStoreHandlers['readThread'] & ThreadStoreHandlers['updateThreadMetadata'] = (
      _request,
      context,
    ) => {
      context.signal.addEventListener('abort', () => cancelled.push(context.method.split('/')[2] ?? ''));
      entered.give();
      return never();
    };
    const { client } = await serve(() => ({ readThread: wait, updateThreadMetadata: wait }));
    const threadId = randomUUID();
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const reading = rejection(client.readThread({ threadId }, options));
    const updating = rejection(client.updateThreadMetadata({ threadId, patch: {} }, options));
    const timedOut = rejection(client.readThread({ threadId }, { signal: AbortSignal.timeout(100) }));
    await entered.given;
    await expect(timedOut).resolves.toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'none' });
    controller.abort();
    expect(await reading).toMatchObject({ reason: 'CANCELLED', effect: 'none', remote: false });
    expect(await updating).toMatchObject({ reason: 'CANCELLED', effect: 'unknown', remote: false });
    await expect.poll(() => cancelled.toSorted()).toEqual(['ReadThread', 'ReadThread', 'UpdateThreadMetadata']);
  });

  test('takes a call that waits for its turn out at once, and those behind it go on', async () => {
    const entered = signal();
    const free = signal();
    const calls: string[] = [];
    const { client } = await serve((handlers) => ({
      flushThread: async (request, context) => {
        calls.push('flush');
        entered.give();
        await free.given;
        return await handlers.flushThread(request, context);
      },
      appendItems: async (request, context) => {
        calls.push(`append ${request.sequence}`);
        return await handlers.appendItems(request, context);
      },
      persistThread: async (request, context) => {
        calls.push('persist');
        return await handlers.persistThread(request, context);
      },
    }));
    const writer = await threadOf(client);
    const { threadId, epoch } = writer;
    const append = (sequence: bigint, options = {}) =>
      client.appendItems({ threadId, epoch, sequence, items: [item(1)] }, options);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const flushing = client.flushThread(writer);
    const out = [append(0n, options), client.persistThread(writer, options)].map(rejection);
    const behind = [append(0n), client.shutdownThread(writer)];
    await entered.given;
    controller.abort();
    for (const error of await Promise.all(out)) expect(error).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    free.give();
    await flushing;
    await Promise.all(behind);
    expect(calls).toEqual(['flush', 'append 0']);
  });

  test('ends a history between two batches', async () => {
    const { client } = await serve();
    const { threadId } = await threadOf(
      client,
      Array.from({ length: 20 }, () => item('x'.repeat(100_000))),
    );
    const controller = new AbortController();
    const stream = client.streamHistory({ threadId }, { signal: controller.signal })[Symbol.asyncIterator]();
    expect((await stream.next()).done).toBe(false);
    controller.abort();
    expect(await rejection(stream.next())).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
  });
});

describe('a call that failed for a passing reason', () => {
  /** Fails the first calls of each method, then serves. */
  const failing = (error: ThreadStoreError, times: number) => {
    const attempts: Record<string, number> = {};
    const override = (handlers: ThreadStoreHandlers): Partial<ThreadStoreHandlers> =>
      Object.fromEntries(
        // The stream does with each append what is done with a single one.
        Object.entries(handlers)
          .filter(([name]) => name !== 'appendStream')
          .map(([name, handler]) => [
            name,
            (request: never, context: never) => {
              attempts[name] = (attempts[name] ?? 0) + 1;
              if (attempts[name] <= times) {
                // A stream fails at its first message.
                if (name === 'readHistory')
                  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
                return Promise.reject(error);
              }
              return handler(request, context);
            },
          ]),
      );
    return { attempts, override };
  };

  test('is made again, whatever it is, when it has had no effect', async () => {
    const { attempts, override } = failing(failure('DRAINING', 'none', 1), 2);
    const { client } = await serve(override);
    const writer = await client.createThread({ threadId: randomUUID() });
    const { threadId, epoch } = writer;
    await client.appendItems({ ...writer, sequence: 0n, items: [item(1)] });
    await client.persistThread(writer);
    await client.flushThread(writer);
    await client.updateThreadMetadata({ threadId, patch: { name: 'x' } });
    await client.loadHistory({ threadId });
    await client.readThread({ threadId });
    await client.listThreads();
    await client.listTurns({ threadId });
    await client.listItems({ threadId });
    await client.searchThreads({ searchTerm: 'x' });
    await client.archiveThread({ threadId, epoch });
    await client.unarchiveThread({ threadId, epoch });
    await client.shutdownThread(writer);
    await client.discardThread(await client.resumeThread({ threadId }));
    await client.discardThread(await client.forkThread({ threadId: randomUUID(), sourceThreadId: threadId }));
    await client.deleteThread({ threadId });
    expect(attempts['discardThread']).toBe(4);
    attempts['discardThread'] = 3;
    expect(attempts).toEqual(Object.fromEntries(Object.keys(attempts).map((name) => [name, 3])));
    expect(Object.keys(attempts)).toHaveLength(18);
  });

  test('and may have had an effect is made again only where that changes nothing', async () => {
    const { attempts, override } = failing(failure('OUTCOME_UNKNOWN', 'unknown', 1), 1);
    const { client, service } = await serve(override);
    const { threadId, epoch } = await threadOf(service.store);
    const open = { reason: 'OUTCOME_UNKNOWN', effect: 'unknown' };
    expect(await rejection(client.createThread({ threadId: randomUUID() }))).toMatchObject(open);
    const fork = { threadId: randomUUID(), sourceThreadId: threadId };
    expect(await rejection(client.forkThread(fork))).toMatchObject(open);
    await client.appendItems({ threadId, epoch, sequence: 0n, items: [item(1)] });
    expect(await rejection(client.updateThreadMetadata({ threadId, patch: { name: 'x' } }))).toMatchObject(open);
    expect(await rejection(client.resumeThread({ threadId }))).toMatchObject(open);
    attempts['resumeThread'] = 0;
    const writer = await client.resumeThread({ threadId, takeover: 'steal' });
    await client.archiveThread({ threadId, epoch: writer.epoch });
    await client.unarchiveThread({ threadId, epoch: writer.epoch });
    await client.discardThread(writer);
    await client.deleteThread({ threadId });
    expect(attempts).toEqual({
      createThread: 1,
      forkThread: 1,
      appendItems: 2,
      updateThreadMetadata: 1,
      resumeThread: 2,
      archiveThread: 2,
      unarchiveThread: 2,
      discardThread: 2,
      deleteThread: 2,
    });
  });

  test('a takeover from an expected epoch is made again, and says that the thread may be its own by an attempt before', async () => {
    const { client, service } = await serve((handlers) => {
      let attempts = 0;
      return {
        resumeThread: async (...args) => {
          attempts += 1;
          const granted = await handlers.resumeThread(...args);
          if (attempts === 1) throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
          return granted;
        },
      };
    });
    const { threadId, epoch } = await threadOf(service.store);
    await service.store.persistThread({ threadId, epoch });
    const params = { threadId, takeover: 'steal', expectedEpoch: epoch } as const;
    expect(await rejection(client.resumeThread(params))).toMatchObject({ reason: 'FENCED', effect: 'unknown' });
    expect((await service.store.readThread({ threadId })).epoch).toBe(epoch + 1n);
    expect(await rejection(client.resumeThread(params))).toMatchObject({ reason: 'FENCED', effect: 'none' });
  });

  test('is given up after five attempts, with what they may have done in all', async () => {
    let attempts = 0;
    const { client } = await serve(() => ({
      archiveThread: () => {
        attempts += 1;
        return Promise.reject(
          attempts === 1 ? failure('OUTCOME_UNKNOWN', 'unknown', 1) : failure('DRAINING', 'none', 1),
        );
      },
    }));
    const error = await rejection(client.archiveThread({ threadId: randomUUID() }));
    expect(error).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
    expect(attempts).toBe(5);
  });

  test('is not made again for any other reason, nor past its deadline', async () => {
    const reasons: ThreadStoreErrorReason[] = ['STORAGE_FULL', 'OVERLOADED', 'INTERNAL', 'FENCED', 'PERMISSION_DENIED'];
    let attempts = 0;
    let error = failure('INTERNAL');
    const { client } = await serve(
      () => ({
        listThreads: () => {
          attempts += 1;
          return Promise.reject(error);
        },
      }),
      { deadlineMs: 2_000 },
    );
    for (const reason of reasons) {
      error = failure(reason);
      expect((await rejection(client.listThreads())).reason).toBe(reason);
    }
    error = failure('OVERLOADED', 'none', 60_000);
    expect(await rejection(client.listThreads())).toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 60_000 });
    expect(attempts).toBe(6);
  });

  test('an overload that says when to come again is waited for', async () => {
    const { attempts, override } = failing(failure('OVERLOADED', 'none', 20), 1);
    const { client } = await serve(override);
    await client.listThreads();
    expect(attempts).toEqual({ listThreads: 2 });
  });

  test('an attempt that shut down an unmaterialised thread without an answer is a success', async () => {
    let lost = true;
    const { client } = await serve((handlers) => ({
      shutdownThread: async (request, context) => {
        const response = await handlers.shutdownThread(request, context);
        if (!lost) return response;
        lost = false;
        throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
      },
    }));
    const writer = await threadOf(client);
    await client.shutdownThread(writer);
    expect((await rejection(client.shutdownThread(writer))).reason).toBe('THREAD_NOT_FOUND');
  });
});

test('a proxy that finds no service has not shut a thread down', async () => {
  const proxy = new grpc.Server();
  onTestFinished(() => proxy.forceShutdown());
  proxy.addService(serviceDefinition(ThreadStoreService), {
    shutdownThread: (_call: unknown, callback: grpc.sendUnaryData<unknown>) => {
      callback({ code: grpc.status.NOT_FOUND, details: 'no route' });
    },
  });
  const port = await new Promise<number>((resolve) => {
    proxy.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  await using client = new RemoteThreadStore({ endpoint: `127.0.0.1:${port}` });
  expect(await rejection(client.shutdownThread({ threadId: randomUUID(), epoch: 1n }))).toMatchObject({
    reason: 'THREAD_NOT_FOUND',
    remote: false,
  });
});

describe('an answer', () => {
  test("that can't be read leaves the outcome of a write open, not that of a read", async () => {
    const { client } = await serve(() => ({
      readThread: () => Promise.resolve({ thread: {} }),
      listThreads: () => Promise.resolve({ threads: [{}] }),
      unarchiveThread: () => Promise.resolve({ thread: {} }),
      async *readHistory() {
        await Promise.resolve();
        yield { firstOrdinal: 0n, items: [Buffer.from([0xff])], untilOrdinal: 1n };
      },
    }));
    const threadId = randomUUID();
    const reads = [client.readThread({ threadId }), client.listThreads(), client.loadHistory({ threadId })];
    for (const error of await Promise.all(reads.map(rejection))) {
      expect(error).toMatchObject({ reason: 'INTERNAL', effect: 'none' });
    }
    expect(await rejection(client.unarchiveThread({ threadId }))).toMatchObject({
      reason: 'INTERNAL',
      effect: 'unknown',
    });
  });

  test('that is larger than the client admits does not undo the write', async () => {
    const { service, client } = await serve(() => ({}), { maxReceiveMessageBytes: 1_000 });
    const { threadId } = await threadOf(service.store, [item(1)]);
    const title = 'x'.repeat(2_000);
    expect(await rejection(client.updateThreadMetadata({ threadId, patch: { title } }))).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      effect: 'unknown',
    });
    expect((await service.store.readThread({ threadId })).title).toBe(title);
    expect(await rejection(client.readThread({ threadId }))).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      effect: 'none',
    });
  });
});

describe('a service that goes away', () => {
  test('and comes back on its port is found again, and an append whose answer was lost is stored once', async () => {
    let lose = true;
    const { service, client } = await serve((handlers) => ({
      appendItems: async (request, context) => {
        const response = await handlers.appendItems(request, context);
        if (lose) {
          lose = false;
          service.stop();
          await service.start();
        }
        return response;
      },
    }));
    const { threadId, epoch } = await threadOf(client);
    const result = await client.appendItems({ threadId, epoch, sequence: 0n, items: [item(1)] });
    expect(result).toEqual({ firstOrdinal: 0n, lastOrdinal: 0n, duplicate: true });
    expect((await client.loadHistory({ threadId })).items).toEqual([item(1)]);
  });

  test('for a moment does not fail calls made meanwhile, createThread included', async () => {
    const { service, client } = await serve();
    await client.listThreads();
    service.stop();
    // In its place, something that hangs up on whoever calls.
    const called = signal();
    const absent = createServer((socket) => {
      socket.destroy();
      called.give();
    });
    await new Promise<void>((resolve) => absent.listen(service.port, '127.0.0.1', resolve));
    const calls = Promise.all([client.createThread({ threadId: randomUUID() }), client.listThreads()]);
    await called.given;
    await new Promise((resolve) => absent.close(resolve));
    await service.start();
    expect(await calls).toHaveLength(2);
  });

  test('for longer fails them without effect where nothing was sent', async () => {
    const { service, client } = await serve(undefined, { deadlineMs: 2_500 });
    const { threadId, epoch } = await threadOf(client);
    service.stop();
    const errors = await Promise.all(
      [
        client.createThread({ threadId: randomUUID() }),
        client.appendItems({ threadId, epoch, sequence: 0n, items: [item(1)] }),
        client.readThread({ threadId }),
        collect(client.streamHistory({ threadId })),
      ].map(rejection),
    );
    for (const error of errors) {
      expect(error).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none', remote: false });
    }
  });

  test('under a createThread leaves its outcome open', async () => {
    const { service, client } = await serve((handlers) => ({
      createThread: async (request, context) => {
        const response = await handlers.createThread(request, context);
        service.stop();
        return response;
      },
    }));
    expect(await rejection(client.createThread({ threadId: randomUUID() }))).toMatchObject({
      reason: 'OUTCOME_UNKNOWN',
      effect: 'unknown',
    });
  });
});

describe('a history', () => {
  const items = Array.from({ length: 60 }, (_, index) => item(`${index} ${'x'.repeat(50_000)}`));

  test('is read on where the connection broke, to the end it had at first', async () => {
    const requests: [bigint, bigint | undefined][] = [];
    const { service, client } = await serve((handlers) => ({
      async *readHistory(request, context) {
        requests.push([request.fromOrdinal, request.untilOrdinal]);
        let sent = 0;
        for await (const chunk of handlers.readHistory(request, context)) {
          yield chunk;
          sent += 1;
          if (sent === 2 && requests.length < 8) throw failure('BACKEND_UNAVAILABLE', 'none', 1);
        }
      },
    }));
    const { threadId, epoch } = await threadOf(service.store, items);
    const received: string[] = [];
    for await (const batch of client.streamHistory({ threadId })) {
      expect(batch.firstOrdinal).toBe(BigInt(received.length));
      if (received.length === 0) {
        const late = { threadId, epoch, sequence: BigInt(items.length), items: [item('later')] };
        await service.store.appendItems(late);
      }
      received.push(...batch.items);
    }
    expect(received).toEqual(items);
    expect(requests[0]).toEqual([0n, undefined]);
    expect(requests.slice(1).every(([from, until]) => from > 0n && until === 60n)).toBe(true);
    expect(requests.length).toBeGreaterThan(2);
    expect(requests.length).toBeLessThan(9);
  });

  test('survives a restart of the service', async () => {
    const { service, client } = await serve();
    const { threadId } = await threadOf(service.store, items);
    const received: string[] = [];
    for await (const batch of client.streamHistory({ threadId, untilOrdinal: 55n })) {
      if (received.length === 0) {
        service.stop();
        await service.start();
      }
      received.push(...batch.items);
    }
    expect(received).toEqual(items.slice(0, 55));
  });

  test('that makes no progress is given up', async () => {
    let requests = 0;
    const { service, client } = await serve(() => ({
      // oxlint-disable-next-line require-yield
      async *readHistory() {
        requests += 1;
        await Promise.resolve();
        throw failure('BACKEND_UNAVAILABLE', 'none', 1);
      },
    }));
    const { threadId } = await threadOf(service.store, [item(1)]);
    expect((await rejection(collect(client.streamHistory({ threadId })))).reason).toBe('BACKEND_UNAVAILABLE');
    expect(requests).toBe(5);
  });

  test('that makes progress at first is given up after as many attempts without any', async () => {
    const requests: bigint[] = [];
    const { service, client } = await serve((handlers) => ({
      async *readHistory(request, context) {
        requests.push(request.fromOrdinal);
        for await (const chunk of handlers.readHistory(request, context)) {
          if (requests.length === 1) yield chunk;
          throw failure('BACKEND_UNAVAILABLE', 'none', 1);
        }
      },
    }));
    const { threadId } = await threadOf(service.store, items);
    expect((await rejection(collect(client.streamHistory({ threadId })))).reason).toBe('BACKEND_UNAVAILABLE');
    expect(requests).toHaveLength(5);
    expect(new Set(requests.slice(1)).size).toBe(1);
  });

  test('of a service that says to come back much later fails at once', async () => {
    const { service, client } = await serve(() => ({
      // oxlint-disable-next-line require-yield
      async *readHistory() {
        await Promise.resolve();
        throw failure('OVERLOADED', 'none', 3_600_000);
      },
    }));
    const { threadId } = await threadOf(service.store, [item(1)]);
    expect(await rejection(collect(client.streamHistory({ threadId })))).toMatchObject({
      reason: 'OVERLOADED',
      retryAfterMs: 3_600_000,
    });
  });

  test('without its end, or with a gap, is an error and not a shorter history', async () => {
    let chunks: { firstOrdinal: bigint; items: Buffer[]; untilOrdinal: bigint }[] = [];
    const { client } = await serve(() => ({
      async *readHistory() {
        await Promise.resolve();
        yield* chunks;
      },
    }));
    const chunk = (firstOrdinal: bigint) => ({ firstOrdinal, items: [Buffer.from(item(1))], untilOrdinal: 3n });
    const threadId = randomUUID();
    for (const wrong of [[chunk(0n)], [chunk(0n), chunk(2n)], [chunk(1n)]]) {
      chunks = wrong;
      expect((await rejection(client.loadHistory({ threadId }))).reason).toBe('INTERNAL');
    }
    chunks = [chunk(0n), chunk(1n), chunk(2n)];
    expect((await client.loadHistory({ threadId })).items).toHaveLength(3);
  });

  test('fails at its first batch for a thread that is not there', async () => {
    const { client } = await serve();
    const stream = client.streamHistory({ threadId: randomUUID() })[Symbol.asyncIterator]();
    expect((await rejection(stream.next())).reason).toBe('THREAD_NOT_FOUND');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('is asked for as it is read, and left when the loop is', async () => {
    let made = 0;
    let ended = false;
    const { service, client } = await serve((handlers) => ({
      async *readHistory(request, context) {
        try {
          for await (const chunk of handlers.readHistory(request, context)) {
            made += 1;
            yield chunk;
          }
        } finally {
          ended = true;
        }
      },
    }));
    const { threadId } = await threadOf(
      service.store,
      Array.from({ length: 200 }, () => item('x'.repeat(200_000))),
    );
    for await (const _batch of client.streamHistory({ threadId })) break;
    await expect.poll(() => ended).toBe(true);
    expect(made).toBeLessThan(20);
  });

  test('of a thread with metadata holds the items that the metadata counts', async () => {
    const { service, client } = await serve((handlers) => ({
      readThread: async (request, context) => {
        const response = await handlers.readThread(request, context);
        const { threadId, epoch } = writer;
        await service.store.appendItems({ threadId, epoch, sequence: 2n, items: [item('later')] });
        return response;
      },
    }));
    const writer = await threadOf(service.store, [item(1), item(2)]);
    const thread = await client.readThread({ threadId: writer.threadId, includeHistory: true });
    expect(thread.nextOrdinal).toBe(2n);
    expect(thread.history?.items).toEqual([item(1), item(2)]);
  });
});
