import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore } from '@threadstore/client';
import {
  MemoryThreadStore,
  type AppendItemsParams,
  type AppendResult,
  type ThreadStoreError,
  type WriterGrant,
} from '@threadstore/core';
import {
  appendStreamAnswersToWire,
  serviceDefinition,
  ThreadStoreService,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { appendStreamBy } from './append-handler.ts';
import { serve, type Override } from './service.ts';
import { failure, item, rejection, signal, threadOf } from './thread-data.ts';

const KiB = 1_024;
const MiB = 1_024 * KiB;

type AppendStream = ThreadStoreHandlers['appendStream'];
type AppendItems = ThreadStoreHandlers['appendItems'];
type Message = Parameters<AppendStream>[0] extends AsyncIterable<infer M> ? M : never;
type Request = Parameters<AppendItems>[0];

/** Notes the messages of all streams, stream by stream, as they are read. */
function recorded(streams: Message[][], next: AppendStream): AppendStream {
  return (requests, context) => {
    const messages: Message[] = [];
    streams.push(messages);
    return next(
      (async function* () {
        for await (const message of requests) {
          messages.push(message);
          yield message;
        }
      })(),
      context,
    );
  };
}

/** The first stream is served in one way, those after it by the plain service. */
const firstly =
  (first: AppendStream): Override =>
  (handlers) => {
    let isFirst = true;
    return {
      appendStream: (requests, context) => {
        const handle = isFirst ? first : handlers.appendStream;
        isFirst = false;
        return handle(requests, context);
      },
    };
  };

/** Serves appends by a hook that is told how often the same one came before. */
const hooked =
  (
    hook: (request: Request, before: number, store: () => ReturnType<AppendItems>) => ReturnType<AppendItems>,
  ): Override =>
  (handlers) => {
    const counts = new Map<string, number>();
    return {
      appendItems: async (request, context) => {
        const identity = `${request.threadId} ${request.epoch} ${request.sequence}`;
        const before = counts.get(identity) ?? 0;
        counts.set(identity, before + 1);
        return await hook(request, before, () => handlers.appendItems(request, context));
      },
    };
  };

const appendTo =
  (client: RemoteThreadStore, { threadId, epoch }: WriterGrant) =>
  (sequence: number, options: { readonly signal?: AbortSignal } = {}, text = `${sequence}`): Promise<AppendResult> =>
    client.appendItems({ threadId, epoch, sequence: BigInt(sequence), items: [item(text)] }, options);

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('appends made without waiting', () => {
  test('are under way together, and stored in the order of the calls', async () => {
    const free = signal();
    const entered: bigint[] = [];
    const { client } = await serve(
      hooked(async (request, _before, store) => {
        entered.push(request.sequence);
        await free.given;
        return await store();
      }),
    );
    const writer = await threadOf(client);
    const appends = range(50).map((sequence) => appendTo(client, writer)(sequence));
    await expect.poll(() => entered).toEqual(range(50).map(BigInt));
    free.give();
    const results = await Promise.all(appends);
    expect(results.map(({ firstOrdinal }) => Number(firstOrdinal))).toEqual(range(50));
  });

  test('of one tick share a message, whatever their thread', async () => {
    const streams: Message[][] = [];
    const { client } = await serve((handlers) => ({ appendStream: recorded(streams, handlers.appendStream) }));
    const writers = await Promise.all(range(20).map(() => threadOf(client)));
    await Promise.all(writers.flatMap((writer) => [appendTo(client, writer)(0), appendTo(client, writer)(1)]));
    // Each is made when the answer to the one before comes, and those come together.
    await Promise.all(
      writers.map(async (writer) => {
        await appendTo(client, writer)(2);
        await appendTo(client, writer)(3);
      }),
    );
    expect(streams).toHaveLength(1);
    const [first, second] = streams[0] ?? [];
    expect([first?.appends.length, second?.appends.length]).toEqual([40, 20]);
  });

  test('share messages up to a size, and a larger one goes alone', async () => {
    const streams: Message[][] = [];
    const { client } = await serve((handlers) => ({ appendStream: recorded(streams, handlers.appendStream) }));
    const writer = await threadOf(client);
    const sizes = [...range(30).map(() => 100 * KiB), 3 * MiB, 10, 10];
    const results = await Promise.all(
      sizes.map((size, sequence) => appendTo(client, writer)(sequence, {}, 'x'.repeat(size))),
    );
    expect(results).toHaveLength(33);
    const messages = (streams[0] ?? []).map(({ appends }) => appends.map(({ items }) => items[0]?.byteLength ?? 0));
    const bytes = messages.map((items) => items.reduce((sum, size) => sum + size, 0));
    expect(messages.map((items) => items.length)).toEqual([10, 10, 10, 1, 2]);
    for (const sum of bytes) expect(sum < MiB || sum > 3 * MiB).toBe(true);
  });

  test.each([
    { of: 'batches', count: 5_000, bytes: 1, most: 4_096 },
    { of: 'bytes', count: 20, bytes: MiB, most: 7 },
  ])('are sent while no more than so many $of are unanswered', async ({ count, bytes, most }) => {
    const free = signal();
    let entered = 0;
    const { client } = await serve(
      hooked(async (_request, _before, store) => {
        entered += 1;
        await free.given;
        return await store();
      }),
    );
    const writers = await Promise.all(range(10).map(() => threadOf(client)));
    const text = 'x'.repeat(bytes);
    const appends = range(count).map((index) => {
      const writer = writers[index % 10];
      if (writer === undefined) throw new Error('unreachable');
      return appendTo(client, writer)(Math.floor(index / 10), {}, text);
    });
    await expect.poll(() => entered, { timeout: 10_000 }).toBe(most);
    // Whatever else was on its way would have come before this.
    await client.listThreads();
    expect(entered).toBe(most);
    free.give();
    expect(await Promise.all(appends)).toHaveLength(count);
  });

  test('that wait for room are gathered, however small the answers are', async () => {
    const streams: Message[][] = [];
    let answers = Promise.resolve();
    const { client } = await serve((handlers) => ({
      appendStream: recorded(
        streams,
        appendStreamBy(async (request, context) => {
          answers = answers.then(() => new Promise((resolve) => setImmediate(resolve)));
          await answers;
          return await handlers.appendItems(request, context);
        }, new MemoryThreadStore()),
      ),
    }));
    const writer = await threadOf(client);
    await Promise.all(range(5_000).map((sequence) => appendTo(client, writer)(sequence)));
    expect(streams[0]?.slice(0, 2).map(({ appends }) => appends.length)).toEqual([4_096, 904]);
  });

  test('one that is larger than all that may be unanswered is sent all the same', async () => {
    const { client } = await serve();
    const writer = await threadOf(client);
    const { threadId, epoch } = writer;
    const items = range(2).map(() => item('x'.repeat(5 * MiB)));
    const results = await Promise.all([
      appendTo(client, writer)(0),
      client.appendItems({ threadId, epoch, sequence: 1n, items }),
      client.appendItems({ threadId, epoch, sequence: 2n, items }),
      appendTo(client, writer)(3),
    ]);
    expect(results.map(({ lastOrdinal }) => lastOrdinal)).toEqual([0n, 2n, 4n, 5n]);
  });

  test('external ones are stored in the order of the calls, too, and answered once more alike', async () => {
    const { client } = await serve();
    const writer = await threadOf(client, [item(0)]);
    const { threadId } = writer;
    const external = (operationId: string): AppendItemsParams => ({
      threadId,
      external: true,
      operationId,
      items: [item(operationId)],
    });
    const results = await Promise.all([
      appendTo(client, writer)(1),
      client.appendItems(external('a')),
      client.appendItems(external('b')),
      appendTo(client, writer)(2),
    ]);
    expect(results.map(({ firstOrdinal }) => firstOrdinal)).toEqual([1n, 2n, 3n, 4n]);
    expect(await client.appendItems(external('a'))).toEqual({ firstOrdinal: 2n, lastOrdinal: 2n, duplicate: true });
  });

  test('an external one that fails for a passing reason is not overtaken', async () => {
    const { client } = await serve(
      hooked(async (request, before, store) => {
        if (request.externalOperationId !== undefined && before === 0) throw failure('BACKEND_UNAVAILABLE', 'none', 1);
        return await store();
      }),
    );
    const writer = await threadOf(client, [item(0)]);
    const { threadId } = writer;
    const results = await Promise.all([
      client.appendItems({ threadId, external: true, operationId: 'a', items: [item('a')] }),
      appendTo(client, writer)(1),
    ]);
    expect(results.map(({ firstOrdinal }) => firstOrdinal)).toEqual([1n, 2n]);
  });
});

describe('a stream that breaks', () => {
  const ends: [string, AppendStream][] = [
    [
      'breaks',
      // oxlint-disable-next-line require-yield
      async function* (requests) {
        for await (const _message of requests) throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
      },
    ],
    [
      'ends with OK',
      // oxlint-disable-next-line require-yield
      async function* (requests) {
        for await (const _message of requests) return;
      },
    ],
  ];

  test.each(ends)('%s: what is unanswered is sent again, in order, under the same identities', async (_how, first) => {
    const streams: Message[][] = [];
    const { client } = await serve((handlers) => ({
      appendStream: recorded(streams, firstly(first)(handlers).appendStream ?? handlers.appendStream),
    }));
    const writers = await Promise.all([threadOf(client), threadOf(client)]);
    const results = await Promise.all(
      range(10).flatMap((sequence) => writers.map((writer) => appendTo(client, writer)(sequence))),
    );
    expect(results.map(({ firstOrdinal }) => Number(firstOrdinal))).toEqual(range(20).map((index) => index >> 1));
    const sent = streams.map((messages) =>
      messages
        .flatMap(({ appends }) => appends)
        .map(({ threadId, epoch, sequence }) => `${threadId} ${epoch} ${sequence}`),
    );
    expect(sent).toHaveLength(2);
    expect(sent[1]?.toSorted()).toEqual(sent[0]?.toSorted());
    for (const { threadId } of writers) {
      expect(sent[1]?.filter((text) => text.startsWith(threadId))).toEqual(
        range(10).map((sequence) => `${threadId} 1 ${sequence}`),
      );
    }
  });

  test('after the batches were stored: they are answered with the ordinals they have, and stored once', async () => {
    let lost = 0;
    const { service, client } = await serve((handlers) => ({
      appendStream: (requests, context) =>
        // Every answer of the first three streams is lost.
        lost++ < 3 ? losing(handlers.appendStream(requests, context)) : handlers.appendStream(requests, context),
    }));
    const losing: (answers: ReturnType<AppendStream>) => ReturnType<AppendStream> =
      // oxlint-disable-next-line require-yield
      async function* (answers) {
        for await (const _answer of answers) throw failure('BACKEND_UNAVAILABLE', 'none', 1);
      };
    const writer = await threadOf(client);
    const results = await Promise.all(range(5).map((sequence) => appendTo(client, writer)(sequence)));
    expect(results).toEqual(
      range(5).map((index) => ({ firstOrdinal: BigInt(index), lastOrdinal: BigInt(index), duplicate: true })),
    );
    expect((await service.store.loadHistory(writer)).items).toEqual(range(5).map((index) => item(`${index}`)));
  });

  test('between two calls is opened again by the next', async () => {
    const { service, client } = await serve();
    const writer = await threadOf(client);
    await appendTo(client, writer)(0);
    service.stop();
    await service.start();
    expect(await appendTo(client, writer)(1)).toMatchObject({ firstOrdinal: 1n });
  });

  test('or that has nothing to carry for some time is ended, and opened again by the next call', async () => {
    const aborted: boolean[] = [];
    const { client } = await serve((handlers) => ({
      async *appendStream(requests, context) {
        yield* handlers.appendStream(requests, context);
        aborted.push(context.signal.aborted);
      },
    }));
    const writer = await threadOf(client);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    await appendTo(client, writer)(0);
    vi.advanceTimersByTime(9_000);
    await appendTo(client, writer)(1);
    vi.advanceTimersByTime(9_000);
    await appendTo(client, writer)(2);
    expect(aborted).toEqual([]);
    vi.advanceTimersByTime(21_000);
    vi.useRealTimers();
    await expect.poll(() => aborted).toEqual([false]);
    expect(await appendTo(client, writer)(3)).toMatchObject({ firstOrdinal: 3n });
  });

  test('is opened again and again under load, and every item is stored once and in order', async () => {
    let streams = 0;
    const { service, client } = await serve((handlers) => ({
      async *appendStream(requests, context) {
        streams += 1;
        let left = streams % 7;
        for await (const answer of handlers.appendStream(requests, context)) {
          if (left-- === 0 && streams < 40) return;
          yield answer;
        }
      },
    }));
    const writers = await Promise.all(range(8).map(() => threadOf(client)));
    await Promise.all(writers.flatMap((writer) => range(40).map((sequence) => appendTo(client, writer)(sequence))));
    expect(streams).toBeGreaterThan(30);
    for (const { threadId } of writers) {
      expect((await service.store.loadHistory({ threadId })).items).toEqual(range(40).map((index) => item(`${index}`)));
    }
  });
});

describe('an append that is refused for a passing reason', () => {
  test('goes again, and those behind it after it, in order', async () => {
    const order: number[] = [];
    const { client } = await serve(
      hooked(async (request, before, store) => {
        const sequence = Number(request.sequence);
        order.push(sequence);
        if (sequence === 3 && before < 2) throw failure('BACKEND_UNAVAILABLE', 'none', 1);
        return await store();
      }),
    );
    const writer = await threadOf(client);
    const results = await Promise.all(range(8).map((sequence) => appendTo(client, writer)(sequence)));
    expect(results.map(({ firstOrdinal }) => Number(firstOrdinal))).toEqual(range(8));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 3, 4, 5, 6, 7, 3, 4, 5, 6, 7]);
  });

  test('also when the answers to those behind it come first', async () => {
    let refused = 0;
    const { client } = await serve((handlers) => {
      const gaps = signal();
      return hooked(async (request, before, store) => {
        if (request.sequence === 0n && before === 0) {
          await gaps.given;
          throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
        }
        return await store().catch((error: unknown) => {
          refused += 1;
          if (refused === 3) setImmediate(gaps.give);
          throw error;
        });
      })(handlers);
    });
    const writer = await threadOf(client);
    const results = await Promise.all(range(4).map((sequence) => appendTo(client, writer)(sequence)));
    expect(results.map(({ firstOrdinal }) => Number(firstOrdinal))).toEqual(range(4));
    expect(refused).toBe(3);
  });

  test('after it was stored is a duplicate, and those behind it are not touched', async () => {
    const { client } = await serve(
      hooked(async (request, before, store) => {
        const response = await store();
        if (request.sequence === 0n && before === 0) throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
        return response;
      }),
    );
    const writer = await threadOf(client);
    const results = await Promise.all(range(3).map((sequence) => appendTo(client, writer)(sequence)));
    expect(results.map(({ duplicate }) => duplicate)).toEqual([true, false, false]);
  });

  test('holds what is called later back, and no other thread', async () => {
    const entered = signal();
    const free = signal();
    const sent: number[] = [];
    const { client } = await serve(
      hooked(async (request, before, store) => {
        if (request.threadId === held.threadId) sent.push(Number(request.sequence));
        if (request.threadId === held.threadId && before === 0 && request.sequence === 0n) {
          entered.give();
          await free.given;
          throw failure('BACKEND_UNAVAILABLE', 'none', 100);
        }
        return await store();
      }),
    );
    const held = await threadOf(client);
    const other = await threadOf(client);
    const first = appendTo(client, held)(0);
    await entered.given;
    free.give();
    // Its answer comes at the latest with this one's, so that the thread is held then.
    await appendTo(client, other)(0);
    const second = appendTo(client, held)(1);
    await appendTo(client, other)(1);
    expect(sent).toEqual([0]);
    expect((await Promise.all([first, second])).map(({ firstOrdinal }) => firstOrdinal)).toEqual([0n, 1n]);
    expect(sent).toEqual([0, 0, 1]);
  });

  test('is rejected with that failure at once when the pause that it asks for outlasts the deadline', async () => {
    const { client } = await serve(
      hooked(async (request, _before, store) => {
        if (request.sequence === 1n) throw failure('OVERLOADED', 'none', 60_000);
        return await store();
      }),
    );
    const writer = await threadOf(client);
    const outcomes = await Promise.allSettled(range(3).map((sequence) => appendTo(client, writer)(sequence)));
    expect(outcomes).toMatchObject([
      { value: { firstOrdinal: 0n } },
      { reason: { reason: 'OVERLOADED', effect: 'none', retryAfterMs: 60_000 } },
      { reason: { reason: 'SEQUENCE_GAP', effect: 'none' } },
    ]);
  });

  test('is tried until its deadline, and rejected with the last failure', async () => {
    let attempts = 0;
    const { client } = await serve(
      hooked(async (request, _before, store) => {
        if (request.sequence === 1n) return await store();
        attempts += 1;
        throw attempts === 1 ? failure('OUTCOME_UNKNOWN', 'unknown', 1) : failure('DRAINING', 'none', 20);
      }),
      { deadlineMs: 600 },
    );
    const writer = await threadOf(client);
    const outcomes = await Promise.all(range(2).map((sequence) => rejection(appendTo(client, writer)(sequence))));
    expect(outcomes[0]).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
    expect(attempts).toBeGreaterThan(5);
    expect(['SEQUENCE_GAP', 'DEADLINE_EXCEEDED']).toContain(outcomes[1]?.reason);
  });

  test('for good: those behind it fail by themselves', async () => {
    const { client } = await serve();
    const writer = await threadOf(client);
    const { threadId, epoch } = writer;
    const appends = [
      appendTo(client, writer)(0),
      client.appendItems({ threadId, epoch, sequence: 1n, items: ['no JSON'] }),
      appendTo(client, writer)(2),
      appendTo(client, writer)(3),
    ];
    expect(await Promise.allSettled(appends)).toMatchObject([
      { status: 'fulfilled' },
      { reason: { reason: 'ITEM_NOT_JSON' } },
      { reason: { reason: 'SEQUENCE_GAP' } },
      { reason: { reason: 'SEQUENCE_GAP' } },
    ]);
    expect(await appendTo(client, writer)(1)).toMatchObject({ firstOrdinal: 1n });
  });
});

describe('a stream that fails for good', () => {
  const isPoison = (request: Request): boolean => request.items.some((bytes) => Buffer.from(bytes).includes('poison'));

  test('the batch that makes it fail is rejected alone', async () => {
    const streams: Message[][] = [];
    const { service, client } = await serve((handlers) => ({
      appendStream: recorded(streams, (requests, context) =>
        handlers.appendStream(
          (async function* () {
            for await (const message of requests) {
              if (message.appends.some(isPoison)) throw failure('INTERNAL', 'unknown');
              yield message;
            }
          })(),
          context,
        ),
      ),
    }));
    const writers = await Promise.all(range(6).map(() => threadOf(client)));
    const appends = writers.flatMap((writer, index) => [
      appendTo(client, writer)(0, {}, index === 2 ? 'poison' : 'good'),
      appendTo(client, writer)(1),
    ]);
    const outcomes = await Promise.allSettled(appends);
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [[index, (outcome.reason as ThreadStoreError).reason]] : [],
    );
    expect(failed).toEqual([
      [4, 'INTERNAL'],
      [5, 'SEQUENCE_GAP'],
    ]);
    const good = writers.filter((_, index) => index !== 2);
    for (const { threadId } of good) {
      expect((await service.store.loadHistory({ threadId })).items).toHaveLength(2);
    }
    // The suspects went one at a time, and then all is as before.
    const isolated = streams.slice(1).flat();
    expect(isolated.every(({ appends: { length } }) => length === 1)).toBe(true);
    await Promise.all(good.map((writer) => appendTo(client, writer)(2)));
    expect(streams.at(-1)?.at(-1)?.appends).toHaveLength(5);
  });

  test('because a message is too large: each goes by itself, and the one that is too large is rejected', async () => {
    const { client } = await serve(undefined, {}, { server: { 'grpc.max_receive_message_length': 200 * KiB } });
    const writers = await Promise.all(range(5).map(() => threadOf(client)));
    const outcomes = await Promise.allSettled(
      writers.map((writer, index) => appendTo(client, writer)(0, {}, 'x'.repeat((index === 1 ? 300 : 80) * KiB))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    const message = 'append_items: the message is larger than the transport admits';
    expect(outcomes[1]).toMatchObject({ reason: { reason: 'REQUEST_TOO_LARGE', effect: 'none', message } });
    // Alone on its stream from the first.
    const alone = client.appendItems({
      ...(await threadOf(client)),
      sequence: 0n,
      items: [item('x'.repeat(300 * KiB))],
    });
    expect(await rejection(alone)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', effect: 'none', message });
  });

  test('because the service does not have it: all are rejected, without effect', async () => {
    const server = new grpc.Server();
    onTestFinished(() => server.forceShutdown());
    const { appendStream: _, ...methods } = serviceDefinition(ThreadStoreService);
    server.addService(methods, {});
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    await using client = new RemoteThreadStore({ endpoint: `127.0.0.1:${port}` });
    const errors = await Promise.all([
      ...range(3).map((sequence) =>
        rejection(
          client.appendItems({ threadId: randomUUID(), epoch: 1n, sequence: BigInt(sequence), items: [item(1)] }),
        ),
      ),
      rejection(client.renewLeases({ writers: [{ threadId: randomUUID(), epoch: 1n }] })),
    ]);
    for (const [index, error] of errors.entries()) {
      const operation = index < 3 ? 'append_items' : 'renew_leases';
      expect(error).toMatchObject({ reason: 'UNSUPPORTED_OPERATION', effect: 'none', details: { operation } });
    }
  });

  test('with an answer that makes no sense: what it was for is rejected, its neighbours are not', async () => {
    const { client } = await serve((handlers) => ({
      async *appendStream(requests, context) {
        for await (const message of requests) {
          if (message.appends.some(isPoison)) {
            yield { appends: message.appends.map((_append, index) => ({ number: BigInt(index) })) };
          } else {
            yield* handlers.appendStream(
              (async function* () {
                await Promise.resolve();
                yield message;
              })(),
              context,
            );
          }
        }
      },
    }));
    const [good, bad] = await Promise.all([threadOf(client), threadOf(client)]);
    if (good === undefined || bad === undefined) throw new Error('unreachable');
    const appends = [appendTo(client, good)(0), appendTo(client, bad)(0, {}, 'poison')];
    expect(await rejection(appends[1])).toMatchObject({ reason: 'INTERNAL', effect: 'unknown' });
    expect(await appends[0]).toMatchObject({ firstOrdinal: 0n });
  });

  test('answers to what was never sent, or twice, change nothing', async () => {
    const { client } = await serve((handlers) => ({
      async *appendStream(requests, context) {
        const nonsense = failure('FENCED');
        for await (const answer of handlers.appendStream(requests, context)) {
          yield answer;
          yield answer;
          yield appendStreamAnswersToWire({
            appends: [{ number: 1_000_000, outcome: nonsense }],
            renewals: [{ number: 3, outcome: nonsense }],
          });
        }
      },
    }));
    const writer = await threadOf(client);
    const results = await Promise.all(range(3).map((sequence) => appendTo(client, writer)(sequence)));
    expect(results.map(({ firstOrdinal }) => Number(firstOrdinal))).toEqual(range(3));
  });
});

describe('a deadline or a signal', () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  test('while the append waits for its turn: no effect', async () => {
    let sent = 0;
    const { client } = await serve(
      (handlers) => ({
        persistThread: never,
        flushThread: never,
        appendItems: (request, context) => {
          sent += 1;
          return handlers.appendItems(request, context);
        },
      }),
      { deadlineMs: 400 },
    );
    const writer = await threadOf(client);
    const persisting = rejection(client.persistThread(writer));
    // Its time counts from its turn, so that it outlasts that of the appends.
    const flushing = rejection(client.flushThread(writer));
    const controller = new AbortController();
    const late = rejection(appendTo(client, writer)(0));
    const cancelled = rejection(appendTo(client, writer)(1, { signal: controller.signal }));
    controller.abort();
    expect(await cancelled).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    expect(await late).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'none' });
    await Promise.all([persisting, flushing]);
    expect(sent).toBe(0);
  });

  test('while it waits for room on the stream: no effect, and it is never sent', async () => {
    const free = signal();
    const sent: string[] = [];
    const { client } = await serve(
      hooked(async (request, _before, store) => {
        sent.push(`${request.threadId} ${request.sequence}`);
        await free.given;
        return await store();
      }),
      { deadlineMs: 2_000 },
    );
    const [full, other] = await Promise.all([threadOf(client), threadOf(client)]);
    if (full === undefined || other === undefined) throw new Error('unreachable');
    const large = appendTo(client, full)(0, {}, 'x'.repeat(8 * MiB - 100));
    await expect.poll(() => sent).toHaveLength(1);
    const controller = new AbortController();
    const cancelled = rejection(appendTo(client, other)(0, { signal: controller.signal }));
    await client.listThreads();
    controller.abort();
    expect(await cancelled).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    const waiting = appendTo(client, other)(0);
    free.give();
    await Promise.all([large, waiting]);
    expect(sent).toEqual([`${full.threadId} 0`, `${other.threadId} 0`]);
  });

  test('while every stream breaks before it is its turn: the service could not be reached, without effect', async () => {
    const { client } = await serve(
      () => ({
        // oxlint-disable-next-line require-yield
        async *appendStream(requests) {
          for await (const _message of requests) throw failure('OUTCOME_UNKNOWN', 'unknown', 1);
        },
      }),
      { deadlineMs: 500 },
    );
    const [full, other] = await Promise.all([threadOf(client), threadOf(client)]);
    if (full === undefined || other === undefined) throw new Error('unreachable');
    const large = rejection(appendTo(client, full)(0, {}, 'x'.repeat(8 * MiB - 100)));
    const waiting = rejection(appendTo(client, other)(0));
    expect(await large).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
    expect(await waiting).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none' });
  });

  test('while it is sent: effect unknown; a later answer changes nothing, and those behind it go on', async () => {
    const free = signal();
    let entered = 0;
    const { service, client } = await serve(
      hooked(async (_request, _before, store) => {
        entered += 1;
        await free.given;
        return await store();
      }),
    );
    const writer = await threadOf(client);
    const controller = new AbortController();
    const cancelled = rejection(appendTo(client, writer)(0, { signal: controller.signal }));
    const timedOut = rejection(appendTo(client, writer)(1, { signal: AbortSignal.timeout(20) }));
    const behind = appendTo(client, writer)(2);
    await expect.poll(() => entered).toBe(3);
    controller.abort();
    expect(await cancelled).toMatchObject({ reason: 'CANCELLED', effect: 'unknown' });
    expect(await timedOut).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
    free.give();
    expect(await behind).toMatchObject({ firstOrdinal: 2n });
    expect((await service.store.loadHistory(writer)).items).toHaveLength(3);
  });

  test('while it is sent on a stream that then breaks: it is not sent again', async () => {
    const streams: Message[][] = [];
    const broken = signal();
    const { client } = await serve((handlers) => ({
      appendStream: recorded(
        streams,
        firstly(
          // oxlint-disable-next-line require-yield
          async function* (requests) {
            for await (const _message of requests) {
              await broken.given;
              return;
            }
          },
        )(handlers).appendStream ?? handlers.appendStream,
      ),
    }));
    const writer = await threadOf(client);
    const controller = new AbortController();
    const kept = appendTo(client, writer)(0);
    const cancelled = rejection(appendTo(client, writer)(1, { signal: controller.signal }));
    await expect.poll(() => streams[0]?.length).toBe(1);
    controller.abort();
    await cancelled;
    const behind = appendTo(client, writer)(2);
    await expect.poll(() => streams[0]?.length).toBe(1);
    broken.give();
    expect(await kept).toMatchObject({ firstOrdinal: 0n });
    expect(await rejection(behind)).toMatchObject({ reason: 'SEQUENCE_GAP' });
    expect(streams[1]?.flatMap(({ appends }) => appends.map(({ sequence }) => sequence))).not.toContain(1n);
  });

  test('while it waits to go again: the effect that its attempts may have had', async () => {
    const refused = signal();
    const { client } = await serve(
      hooked((request) => {
        if (request.sequence === 9n) throw failure('FENCED');
        if (request.sequence === 1n) refused.give();
        return Promise.reject(
          request.sequence === 0n
            ? failure('BACKEND_UNAVAILABLE', 'none', 5_000)
            : failure('OUTCOME_UNKNOWN', 'unknown', 5_000),
        );
      }),
    );
    const [one, two] = await Promise.all([threadOf(client), threadOf(client)]);
    if (one === undefined || two === undefined) throw new Error('unreachable');
    const controller = new AbortController();
    const errors = [
      appendTo(client, one)(0, { signal: controller.signal }),
      appendTo(client, two)(1, { signal: controller.signal }),
    ].map(rejection);
    await refused.given;
    // Answered on the same stream after the two.
    await rejection(appendTo(client, await threadOf(client))(9));
    controller.abort();
    expect(await Promise.all(errors)).toMatchObject([
      { reason: 'CANCELLED', effect: 'none' },
      { reason: 'CANCELLED', effect: 'unknown' },
    ]);
  });

  test('of an append counts from the call', async () => {
    const free = signal();
    const entered = signal();
    const { client } = await serve(
      (handlers) => ({
        persistThread: async (request, context) => {
          await free.given;
          return await handlers.persistThread(request, context);
        },
        appendItems: () => {
          entered.give();
          return never();
        },
      }),
      { deadlineMs: 4_000 },
    );
    const writer = await threadOf(client);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const persisting = client.persistThread(writer);
    const append = rejection(appendTo(client, writer)(0));
    vi.advanceTimersByTime(3_000);
    free.give();
    await persisting;
    await entered.given;
    vi.advanceTimersByTime(1_000);
    expect(await append).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
  });
});
