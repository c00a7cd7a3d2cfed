import { once } from 'node:events';
import { connect } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';
import {
  fileDescriptors,
  fromStatus,
  historyChunkFromWire,
  historyChunkToWire,
  serviceDefinition,
  ThreadStoreService,
  type CallContext,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { serve, type RunningService } from './service.ts';
import { rejection } from './wire.ts';

const threadId = '0190a5b2-0000-7000-8000-000000000001';

const started = async (...args: Parameters<typeof serve>): Promise<RunningService> => {
  const service = await serve(...args);
  onTestFinished(() => service[Symbol.asyncDispose]());
  return service;
};

/** Sends bytes as they are, as the request of a unary or streaming method. */
const sendRaw = (service: RunningService, method: string, bytes: Buffer): Promise<grpc.ServiceError> =>
  new Promise((resolve, reject) => {
    service.channel.makeUnaryRequest(
      `/threadstore.v1.ThreadStoreService/${method}`,
      (given: Buffer) => given,
      (received) => received,
      bytes,
      (error) => (error === null ? reject(new Error('it succeeded')) : resolve(error)),
    );
  });

/**
 * Calls a method with an empty message and leaves the deadline to the service alone: a client of grpc-js gives the call up at the
 * same moment, and either may be first. Resolves to the status.
 */
const callWithTimeout = async (service: RunningService, method: string, timeout: string): Promise<number> => {
  const session = connect(`http://127.0.0.1:${service.port}`);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': `/threadstore.v1.ThreadStoreService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': timeout,
  });
  stream.end(Buffer.alloc(5));
  // A status without a message before it comes as the headers.
  const [headers] = (await once(stream, 'response')) as [Record<string, string>];
  return Number(headers['grpc-status']);
};

/** A field that holds these bytes. */
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(bytes.byteLength), bytes]);

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest >>>= 7) bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.from(bytes);
};

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });

test('a method without a handler, or with a wrong one, does not compile', () => {
  const unary = (): Promise<object> => Promise.resolve({});
  // @ts-expect-error Most methods are missing.
  const missing: ThreadStoreHandlers = { createThread: unary };
  // @ts-expect-error A response has no such field.
  const wrongField: ThreadStoreHandlers['appendItems'] = () => Promise.resolve({ lastOrdinal: 'x' });
  // @ts-expect-error A stream is no promise.
  const wrongKind: ThreadStoreHandlers['readHistory'] = unary;
  expect([missing, wrongField, wrongKind]).toHaveLength(3);
});

test('the definition names every method of the proto, with its kind', () => {
  const definition = serviceDefinition(ThreadStoreService);
  expect(Object.keys(definition)).toHaveLength(ThreadStoreService.methods.length);
  expect(definition['readHistory']).toMatchObject({
    path: '/threadstore.v1.ThreadStoreService/ReadHistory',
    requestStream: false,
    responseStream: true,
  });
});

test('file descriptors come with what they import, imported ones first', () => {
  const files = fileDescriptors(ThreadStoreService).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const names = [
    'google/protobuf/any.proto',
    'google/rpc/status.proto',
    'google/protobuf/timestamp.proto',
    'threadstore/v1/thread.proto',
    'threadstore/v1/turn.proto',
    'threadstore/v1/thread_store_service',
  ];
  expect(
    files.map((file, index) => file.indexOf(names[index] ?? '') > 0 && file.indexOf(names[index] ?? '') < 9),
  ).toEqual(names.map(() => true));
});

describe('unary calls', () => {
  test('request and response arrive, with who called what', async () => {
    const seen: Partial<CallContext>[] = [];
    const service = await started({
      async appendItems(request, context) {
        seen.push({ method: context.method, peer: context.peer });
        return await Promise.resolve({ firstOrdinal: request.sequence, lastOrdinal: BigInt(request.items.length) });
      },
    });
    const metadata = new grpc.Metadata();
    metadata.set('x-test', 'yes');
    const response = await service.callers.appendItems(
      { threadId, sequence: 2n ** 63n, items: [Buffer.from('a'), Buffer.alloc(0)] },
      { metadata, deadline: new Date(Date.now() + 10_000) },
    );
    expect(response).toMatchObject({ firstOrdinal: 2n ** 63n, lastOrdinal: 2n, duplicate: false });
    expect(seen[0]?.method).toBe('/threadstore.v1.ThreadStoreService/AppendItems');
    expect(seen[0]?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('errors arrive with their details, and the hook sees them as they were thrown', async () => {
    const fenced = new ThreadStoreError({ reason: 'FENCED', message: 'epoch: x', details: { actual: '2' } });
    const unexpected = new TypeError('secret');
    const onError = vi.fn<(error: unknown, context: CallContext) => void>();
    const service = await started(
      {
        flushThread: () => Promise.reject(fenced),
        persistThread: () => {
          throw unexpected;
        },
      },
      { onError },
    );
    const first = (await rejection(service.callers.flushThread({}))) as grpc.ServiceError;
    expect(first.code).toBe(grpc.status.ABORTED);
    expect(fromStatus(first, { effect: 'unknown', operation: 'x' })).toMatchObject({
      reason: 'FENCED',
      details: { actual: '2' },
      remote: true,
    });
    const second = (await rejection(service.callers.persistThread({}))) as grpc.ServiceError;
    expect(second).toMatchObject({ code: grpc.status.INTERNAL, details: 'internal error' });
    expect(onError.mock.calls.map(([error, context]) => [error, context.method.split('/')[2]])).toEqual([
      [fenced, 'FlushThread'],
      [unexpected, 'PersistThread'],
    ]);
  });

  test('a deadline reaches the handler as a timeout', async () => {
    let reason: unknown;
    const service = await started({
      async readThread(_request, { signal }) {
        reason = await aborted(signal);
        return {};
      },
    });
    expect(await callWithTimeout(service, 'ReadThread', '50m')).toBe(grpc.status.DEADLINE_EXCEEDED);
    await vi.waitUntil(() => reason !== undefined);
    expect((reason as Error).name).toBe('TimeoutError');
  });

  test('a cancellation reaches the handler as what it is', async () => {
    const reasons: unknown[] = [];
    let begin: (() => void) | undefined;
    const began = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const service = await started({
      async deleteThread(_request, { signal }) {
        begin?.();
        reasons.push(await aborted(signal));
        return {};
      },
    });
    const controller = new AbortController();
    const left = service.callers.deleteThread({}, { signal: controller.signal });
    await began;
    controller.abort();
    expect(await rejection(left)).toMatchObject({ code: grpc.status.CANCELLED });
    expect(await rejection(service.callers.deleteThread({}, { signal: controller.signal }))).toMatchObject({
      code: grpc.status.CANCELLED,
    });
    await vi.waitUntil(() => reasons.length === 1);
    expect(reasons.map((reason) => (reason as Error).name)).toEqual(['AbortError']);
  });

  test('a handler that has answered is not told that the call ended', async () => {
    let signal: AbortSignal | undefined;
    const service = await started({
      async readThread(_request, context) {
        ({ signal } = context);
        return await Promise.resolve({});
      },
    });
    await service.callers.readThread({});
    const first = signal;
    // After some calls more over the same connection the first one's stream is closed.
    for (let more = 0; more < 10; more += 1) await service.callers.readThread({});
    expect(first?.aborted).toBe(false);
  });
});

describe('bytes that are no request', () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a bytes field longer than the rest', Buffer.from([0x22, 0x7f, 0x01])],
    ['a text longer than the rest', Buffer.from([0x0a, 0x7f, 0x61])],
    ['a text that is not UTF-8', Buffer.from([0x0a, 0x01, 0xff])],
    ['a varint without an end', Buffer.alloc(20, 0xff)],
    ['a tag of no wire type', Buffer.from([0x0f, 0x01])],
    ['20,000 nested groups', Buffer.concat([Buffer.alloc(20_000, 0x7b)])],
    // As messages they would take fifty times as much.
    ['300,000 empty items', Buffer.alloc(600_000, Buffer.from([0x22, 0x00]))],
  ];
  test.each(cases)('%s: INVALID_ARGUMENT, and the service goes on', async (_name, bytes) => {
    const handler = vi.fn<ThreadStoreHandlers['appendItems']>(() => Promise.resolve({ lastOrdinal: 7n }));
    const service = await started({ appendItems: handler });
    const error = await sendRaw(service, 'AppendItems', bytes);
    expect(error.code).toBe(grpc.status.INVALID_ARGUMENT);
    expect(fromStatus(error, { effect: 'unknown', operation: 'append_items' })).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field: 'request' },
      effect: 'none',
    });
    expect(handler).not.toHaveBeenCalled();
    expect(await service.callers.appendItems({})).toMatchObject({ lastOrdinal: 7n });
  });

  test.each([
    ['300,000 empty items within an append', 'AppendStream', field(1, Buffer.alloc(600_000, Buffer.from([0x22, 0])))],
    ['300,000 empty values within a filter', 'ListThreads', field(7, Buffer.alloc(600_000, Buffer.from([0x0a, 0])))],
    ['300,000 packed numbers', 'UpdateThreadMetadata', field(2, field(23, Buffer.alloc(300_000, 1)))],
  ])('%s: the same', async (_name, method, bytes) => {
    const service = await started({
      appendStream: async function* (requests) {
        for await (const _request of requests) yield {};
      },
    });
    const error = await sendRaw(service, method, bytes);
    expect(error.code).toBe(grpc.status.INVALID_ARGUMENT);
  });

  test('to a streaming method: the same', async () => {
    const service = await started({});
    const error = await sendRaw(service, 'ReadHistory', Buffer.from([0x0a, 0x7f]));
    expect(error.code).toBe(grpc.status.INVALID_ARGUMENT);
  });

  test('a request larger than the server admits: RESOURCE_EXHAUSTED, taken for REQUEST_TOO_LARGE', async () => {
    const service = await started(
      { appendItems: () => Promise.resolve({}) },
      { server: { 'grpc.max_receive_message_length': 1_024 } },
    );
    const error = await rejection(service.callers.appendItems({ items: [Buffer.alloc(2_048)] }));
    expect(fromStatus(error as grpc.ServiceError, { effect: 'unknown', operation: 'x' })).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      effect: 'none',
    });
  });

  test('an unknown method is taken for UNSUPPORTED_OPERATION', async () => {
    const service = await started({});
    const error = await sendRaw(service, 'TailThread', Buffer.alloc(0));
    expect(fromStatus(error, { effect: 'unknown', operation: 'tail_thread' })).toMatchObject({
      reason: 'UNSUPPORTED_OPERATION',
      details: { operation: 'tail_thread' },
    });
  });
});

describe('streams', () => {
  const chunk = { items: [Buffer.alloc(1_024)] };

  test('messages arrive in order, then the end', async () => {
    const service = await started({
      async *readHistory(request) {
        for (let at = request.fromOrdinal; at < 100n; at += 1n) {
          await Promise.resolve();
          yield { firstOrdinal: at };
        }
      },
    });
    const ordinals: bigint[] = [];
    for await (const message of service.callers.readHistory({ fromOrdinal: 3n })) ordinals.push(message.firstOrdinal);
    expect(ordinals).toEqual(Array.from({ length: 97 }, (_, index) => BigInt(index + 3)));
  });

  test('streams that are sent at the same time keep their messages apart', async () => {
    const texts = (name: string): string[] => Array.from({ length: 20 }, (_, n) => `${name}${n}`.repeat(20_000));
    const { callers } = await started({
      readHistory: async function* (request) {
        for (const [n, item] of texts(request.threadId).entries()) {
          yield historyChunkToWire({ firstOrdinal: BigInt(n), items: [item], untilOrdinal: 20n }).message;
        }
      },
    });
    const read = async (name: string): Promise<string[]> => {
      const items: string[] = [];
      for await (const message of callers.readHistory({ threadId: name }))
        items.push(...historyChunkFromWire(message).items);
      return items;
    };
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map(read))).toEqual(names.map(texts));
  });

  test('an error ends the stream, before the first message and after some', async () => {
    let received = 0n;
    const service = await started({
      async *readHistory(request) {
        for (let at = 0n; at < request.fromOrdinal; at += 1n) yield { firstOrdinal: at };
        // An error overtakes messages that the reader has not asked for.
        await vi.waitUntil(() => received === request.fromOrdinal);
        throw new ThreadStoreError({ reason: 'THREAD_DELETED', message: 'thread x: was deleted' });
      },
    });
    for (const count of [0n, 40n]) {
      received = 0n;
      const reading = (async () => {
        for await (const _message of service.callers.readHistory({ fromOrdinal: count })) received += 1n;
      })();
      const error = await rejection(reading);
      expect(fromStatus(error as grpc.ServiceError, { effect: 'none', operation: 'x' }).reason).toBe('THREAD_DELETED');
      expect(received).toBe(count);
    }
  });

  test('the service makes no more than the reader takes and the windows hold', async () => {
    let made = 0;
    const item = Buffer.alloc(256 * 1_024);
    const service = await started({
      async *readHistory() {
        for (; made < 1_000; made += 1) {
          await Promise.resolve();
          yield { items: [item] };
        }
      },
    });
    const stream = service.callers.readHistory({});
    await stream.next();
    // Until the service makes no more.
    let before = -1;
    await vi.waitUntil(
      () => {
        const still = made === before;
        before = made;
        return still;
      },
      { interval: 100 },
    );
    expect(made).toBeLessThan(8);
    for (let taken = 0; taken < 20; taken += 1) await stream.next();
    expect(made).toBeGreaterThan(20);
    await stream.return?.();
  });

  test('leaving the loop ends the handler', async () => {
    let ended = false;
    const service = await started({
      async *readHistory(_request, { signal }) {
        try {
          for (;;) {
            await Promise.resolve();
            yield chunk;
          }
        } finally {
          ended = signal.aborted;
        }
      },
    });
    for await (const _message of service.callers.readHistory({})) break;
    expect(await vi.waitUntil(() => ended)).toBe(true);
  });

  test('a signal cancels a stream that waits, and one that has not begun', async () => {
    let seen: unknown;
    const service = await started({
      async *readHistory(_request, { signal }) {
        yield chunk;
        seen = await aborted(signal);
      },
    });
    const controller = new AbortController();
    const stream = service.callers.readHistory({}, { signal: controller.signal });
    await stream.next();
    const waiting = stream.next();
    controller.abort();
    expect(await rejection(waiting)).toMatchObject({ code: grpc.status.CANCELLED });
    await vi.waitUntil(() => seen !== undefined);
    const late = service.callers.readHistory({}, { signal: controller.signal });
    expect(await rejection(late.next())).toMatchObject({ code: grpc.status.CANCELLED });
  });

  test('a stream that was left before it began calls nobody', async () => {
    const service = await started({});
    const stream = service.callers.readHistory({});
    await stream.return?.();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});
