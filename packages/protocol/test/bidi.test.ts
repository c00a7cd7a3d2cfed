import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';
import {
  createClient,
  fromStatus,
  ThreadStoreService,
  type CallerOptions,
  type ThreadStoreCallers,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { serve, type RunningService } from './service.ts';

type Handler = ThreadStoreHandlers['appendStream'];
type Call = ReturnType<ThreadStoreCallers['appendStream']>;

const path = '/threadstore.v1.ThreadStoreService/AppendStream';

const started = async (...args: Parameters<typeof serve>): Promise<RunningService> => {
  const service = await serve(...args);
  onTestFinished(() => service[Symbol.asyncDispose]());
  return service;
};

/** A call, and what it was told. */
interface Talk {
  readonly call: Call;
  readonly numbers: readonly bigint[];
  readonly drains: () => number;
  readonly ends: readonly (grpc.ServiceError | null)[];
  readonly ended: () => Promise<grpc.ServiceError | null>;
}

const talk = (service: Pick<RunningService, 'callers'>, options?: CallerOptions): Talk => {
  const numbers: bigint[] = [];
  const ends: (grpc.ServiceError | null)[] = [];
  let drains = 0;
  const call = service.callers.appendStream(
    {
      onMessage: (message) => numbers.push(...message.appends.map(({ number }) => number)),
      onDrain: () => {
        drains += 1;
      },
      onEnd: (error) => ends.push(error),
    },
    options,
  );
  const ended = async (): Promise<grpc.ServiceError | null> => {
    await vi.waitUntil(() => ends.length > 0);
    return ends[0] ?? null;
  };
  return { call, numbers, drains: () => drains, ends, ended };
};

const request = (sequence: bigint, bytes = 0) => ({ appends: [{ sequence, items: [Buffer.alloc(bytes)] }] });
const answer = (number: bigint) => ({ appends: [{ number }] });

/** Answers each append with its sequence. */
const echo: Handler = async function* (requests) {
  for await (const { appends } of requests) for (const { sequence } of appends) yield answer(sequence);
};

/** Resolves when a figure has not moved for some time. */
const settled = async (figure: () => number): Promise<number> => {
  let before = -1;
  await vi.waitUntil(
    () => {
      const still = figure() === before;
      before = figure();
      return still;
    },
    { interval: 100 },
  );
  return before;
};

describe('calls with a stream on both sides', () => {
  test('messages arrive in order, on both sides, and both ends are told', async () => {
    const service = await started({ appendStream: echo });
    const { call, numbers, ended } = talk(service);
    const expected = Array.from({ length: 200 }, (_, index) => BigInt(index));
    for (const sequence of expected) call.write(request(sequence));
    call.end();
    expect(await ended()).toBeNull();
    expect(numbers).toEqual(expected);
  });

  test('the service may go on after the caller has sent its last message', async () => {
    const service = await started({
      appendStream: async function* (requests) {
        let count = 0n;
        for await (const _request of requests) count += 1n;
        for (let number = 0n; number < count; number += 1n) yield answer(number);
      },
    });
    const { call, numbers, ended } = talk(service);
    for (let sequence = 0n; sequence < 3n; sequence += 1n) call.write(request(sequence));
    call.end();
    expect(await ended()).toBeNull();
    expect(numbers).toEqual([0n, 1n, 2n]);
  });

  test('the service may end the call while the caller has more to send', async () => {
    const service = await started({
      appendStream: async function* (requests) {
        for await (const { appends } of requests) {
          yield answer(appends[0]?.sequence ?? 0n);
          return;
        }
      },
    });
    const { call, numbers, ends, ended } = talk(service);
    for (let sequence = 7n; sequence < 60n; sequence += 1n) call.write(request(sequence, 10_000));
    expect(await ended()).toBeNull();
    expect(numbers).toEqual([7n]);
    expect(call.write(request(9n))).toBe(false);
    call.cancel();
    expect(ends).toEqual([null]);
  });

  test('messages of a caller are read when they are asked for, and the transport then fills up', async () => {
    let taken = 0;
    let isLeft = false;
    const goOn = Promise.withResolvers<void>();
    const service = await started({
      appendStream: async function* (requests, { signal }) {
        for await (const { appends } of requests) {
          taken += 1;
          if (taken === 1) {
            yield answer(0n);
            await goOn.promise;
          }
          if (appends[0]?.sequence === 99n) break;
        }
        isLeft = !signal.aborted;
        yield answer(1n);
      },
    });
    const { call, numbers, drains, ended } = talk(service);
    let next = 0n;
    const writeWhileThereIsRoom = (): void => {
      while (next < 100n) {
        next += 1n;
        if (!call.write(request(next - 1n, 256 * 1_024))) return;
      }
    };
    let drained = 0;
    const writing = vi.waitUntil(
      () => {
        if (drains() > drained || next === 0n) writeWhileThereIsRoom();
        drained = drains();
        return next === 100n;
      },
      { interval: 1, timeout: 20_000 },
    );
    await vi.waitUntil(() => numbers.length === 1);
    expect(await settled(() => Number(next))).toBeLessThan(20);
    expect(taken).toBe(1);
    goOn.resolve();
    await writing;
    await vi.waitUntil(() => isLeft);
    expect(taken).toBe(100);
    expect(await ended()).toBeNull();
    expect(numbers).toEqual([0n, 1n]);
  });

  test('the service makes no more than the caller reads and the windows hold', async () => {
    let made = 0;
    const filler = [Buffer.alloc(256 * 1_024)].map((value) => ({ error: { message: value.toString('latin1') } }));
    const service = await started({
      appendStream: async function* () {
        for (; made < 1_000; made += 1) {
          await Promise.resolve();
          yield { renewals: [{ lost: filler }] };
        }
      },
    });
    const stream = service.channel.makeBidiStreamRequest(
      path,
      (given: Buffer) => given,
      (received: Buffer) => received,
    );
    stream.on('error', () => undefined);
    expect(stream.read()).toBeNull();
    await vi.waitUntil(() => made > 0);
    const before = await settled(() => made);
    // A grpc-js caller reads sixteen messages ahead by itself.
    expect(before).toBeLessThan(30);
    stream.cancel();
  });

  test('an undecodable message comes out of the iteration, after those before it', async () => {
    const seen: unknown[] = [];
    const service = await started({
      appendStream: async function* (requests) {
        try {
          for await (const { appends } of requests) seen.push(appends.length);
        } catch (error) {
          seen.push(error);
          yield answer(5n);
          throw error;
        }
      },
    });
    const received: Buffer[] = [];
    const failure = await new Promise<grpc.ServiceError>((resolve) => {
      const stream = service.channel.makeBidiStreamRequest(
        path,
        (given: Buffer) => given,
        (bytes: Buffer) => bytes,
      );
      stream.on('data', (bytes: Buffer) => received.push(bytes));
      stream.on('error', resolve);
      stream.write(Buffer.alloc(0));
      stream.write(Buffer.from([0x0a, 0x7f]));
    });
    expect(failure.code).toBe(grpc.status.INVALID_ARGUMENT);
    expect(fromStatus(failure, { effect: 'unknown', operation: 'x' })).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field: 'request' },
    });
    expect(seen).toEqual([0, expect.objectContaining({ reason: 'INVALID_FIELD' })]);
    expect(received).toHaveLength(1);
  });

  test('an error ends the call, after the messages before it', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const service = await started(
      {
        appendStream: async function* (requests) {
          for await (const _request of requests) {
            yield answer(1n);
            throw new ThreadStoreError({ reason: 'DRAINING', message: 'it goes away' });
          }
        },
      },
      { onError },
    );
    const { call, ends, numbers, ended } = talk(service);
    call.write(request(0n));
    const error = await ended();
    expect(error?.code).toBe(grpc.status.UNAVAILABLE);
    expect(fromStatus(error as grpc.ServiceError, { effect: 'none', operation: 'x' }).reason).toBe('DRAINING');
    expect(numbers).toEqual([1n]);
    expect(ends).toHaveLength(1);
    expect(onError).toHaveBeenCalledOnce();
  });

  test.each(['cancel', 'signal', 'connection'] as const)('a caller that goes (%s) ends the iteration', async (how) => {
    let hasEnded = false;
    const onError = vi.fn<(error: unknown) => void>();
    const service = await started(
      {
        appendStream: async function* (requests, context) {
          yield* echo(requests, context);
          hasEnded = true;
        },
      },
      { onError },
    );
    const controller = new AbortController();
    const { call, numbers, ends, ended } = talk(service, { signal: controller.signal });
    call.write(request(3n));
    await vi.waitUntil(() => numbers.length === 1);
    if (how === 'cancel') call.cancel();
    else if (how === 'signal') controller.abort();
    else service.breakConnections();
    const failure = fromStatus((await ended()) as grpc.ServiceError, { effect: 'unknown', operation: 'x' });
    expect(failure.reason).toBe(how === 'connection' ? 'OUTCOME_UNKNOWN' : 'CANCELLED');
    await vi.waitUntil(() => hasEnded);
    expect(ends).toHaveLength(1);
    expect(onError).not.toHaveBeenCalled();
  });

  test('a caller that goes while an answer waits for it ends the handler', async () => {
    let ended = false;
    const service = await started({
      appendStream: async function* (_requests, { signal }) {
        try {
          for (;;) {
            await Promise.resolve();
            yield { renewals: [{ refused: { message: 'x'.repeat(256 * 1_024) } }] };
          }
        } finally {
          ended = signal.aborted;
        }
      },
    });
    const stream = service.channel.makeBidiStreamRequest(
      path,
      (given: Buffer) => given,
      (bytes: Buffer) => bytes,
    );
    stream.on('error', () => undefined);
    await new Promise((resolve) => {
      stream.once('metadata', resolve);
    });
    stream.cancel();
    expect(await vi.waitUntil(() => ended)).toBe(true);
  });

  test('a service that can not be reached ends the call, and what was written is lost', async () => {
    const channel = new grpc.Client('127.0.0.1:1', grpc.credentials.createInsecure());
    const { call, ends, ended } = talk({ callers: createClient(ThreadStoreService, channel) });
    call.write(request(0n));
    expect(await ended()).toMatchObject({ code: grpc.status.UNAVAILABLE });
    expect(call.write(request(1n))).toBe(false);
    expect(ends).toHaveLength(1);
    channel.close();
  });
});
