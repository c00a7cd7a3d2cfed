import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import {
  MemoryThreadStore,
  ThreadStoreError,
  type AppendItemsParams,
  type ExternalAppendParams,
  type WriterAppendParams,
} from '@threadstore/core';
import { appendStreamRequestToWire, encodeAppend, fromStatus } from '@threadstore/protocol';
import { frame, ownPath, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { askHealth } from '../src/rpc/health-client.ts';
import { AppendClient, type AppendTalk } from './support/append-client.ts';
import { served } from './support/served.ts';

/** What a client of ours would send. */
function bytesOf(message: ReturnType<typeof appendStreamRequestToWire>): Buffer {
  return message.writeInto(Buffer.alloc(message.byteLength));
}

const item = '{"type":"note","payload":"kept"}';
const idOf = (index: number): string => `0191a000-0000-7000-8000-${String(index).padStart(12, '0')}`;
const batch = (thread: number, sequence: number, items: readonly string[] = [item]): WriterAppendParams => ({
  threadId: idOf(thread),
  epoch: 1n,
  sequence: BigInt(sequence),
  items,
});
const stored = (firstOrdinal: number, lastOrdinal = firstOrdinal, duplicate = false) => ({
  firstOrdinal: BigInt(firstOrdinal),
  lastOrdinal: BigInt(lastOrdinal),
  duplicate,
});

/** A store whose appends wait until they are let go, and what it was given. */
class HeldStore extends MemoryThreadStore {
  readonly seen: AppendItemsParams[] = [];
  readonly #held: (() => void)[] = [];
  isHolding = true;

  override async appendItems(...args: Parameters<MemoryThreadStore['appendItems']>) {
    this.seen.push(args[0]);
    if (this.isHolding) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    return super.appendItems(...args);
  }

  /** All of them at once, or so many. */
  release(count = this.#held.length): void {
    for (const go of this.#held.splice(0, count)) go();
  }
}

/** A call and its answer over the connection: whatever was sent on it before has arrived. */
async function roundTrip(client: AppendClient): Promise<void> {
  await client.callers.listThreads({});
}

async function created(store: MemoryThreadStore, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await store.createThread({ threadId: idOf(index), holder: 'test' });
}

const reasonsOf = (outcomes: Awaited<ReturnType<AppendTalk['outcomes']>>): readonly unknown[] =>
  outcomes.map((outcome) => (outcome instanceof ThreadStoreError ? outcome.reason : outcome));

describe('answers', () => {
  test('appends of several threads are stored in order and answered by number', async () => {
    await using one = await served();
    await created(one.store as MemoryThreadStore, 3);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    talk.send([batch(0, 0), batch(1, 0, [item, item]), batch(0, 1)]);
    talk.send([batch(2, 0), batch(0, 2), batch(1, 0, [item, item])]);
    const outcomes = await talk.outcomes(6);
    expect(outcomes).toEqual([stored(0), stored(0, 1), stored(1), stored(0), stored(2), stored(0, 1, true)]);
    expect(talk.appends.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    talk.call.end();
    expect(await talk.ended()).toBeNull();
    expect((await one.store.loadHistory({ threadId: idOf(0) })).items).toHaveLength(3);
  });

  test('a refused append is an answer, and leaves its neighbours and the stream as they are', async () => {
    await using one = await served();
    await created(one.store as MemoryThreadStore, 2);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    const external: ExternalAppendParams = { threadId: idOf(0), external: true, operationId: 'note-1', items: [item] };
    talk.send([
      batch(0, 0),
      batch(0, 1, ['{"type":']),
      batch(9, 0),
      batch(0, 7),
      { ...batch(0, 1), epoch: 2n },
      batch(0, 0, ['{"type":"other"}']),
      external,
      { ...external, items: ['{"type":"other"}'] },
      { ...external, operationId: '' },
      batch(1, 0),
      batch(0, 1),
    ]);
    const outcomes = await talk.outcomes(11);
    expect(reasonsOf(outcomes)).toEqual([
      stored(0),
      'ITEM_NOT_JSON',
      'THREAD_NOT_FOUND',
      'SEQUENCE_GAP',
      'EPOCH_NOT_GRANTED',
      'SEQUENCE_REUSED',
      stored(1),
      'OPERATION_REUSED',
      'INVALID_FIELD',
      stored(0),
      stored(2),
    ]);
    expect(outcomes[1]).toMatchObject({ effect: 'none', remote: true, details: { field: 'items[0]' } });
    talk.send([batch(0, 2)]);
    expect((await talk.outcomes(12))[11]).toEqual(stored(3));
  });

  test('an append that no mapping takes is one that is refused', async () => {
    await using one = await served();
    await created(one.store as MemoryThreadStore, 1);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    const threadId = idOf(0);
    talk.call.write({
      appends: [
        { threadId, epoch: 1n, items: [Buffer.from([0xff])] },
        { threadId, epoch: 2n ** 63n, items: [Buffer.from(item)] },
        { threadId, epoch: 1n, items: [Buffer.from(item)], externalOperationId: 'both' },
        { threadId, epoch: 1n, items: [Buffer.from(item)], metadata: { source: '{' } },
        { threadId, epoch: 1n, items: [Buffer.from(item)] },
      ],
    });
    expect(reasonsOf(await talk.outcomes(5))).toEqual([
      'NOT_UNICODE',
      'INVALID_FIELD',
      'INVALID_FIELD',
      'INVALID_FIELD',
      stored(0),
    ]);
  });

  test('renewals are numbered on their own, tell the lost writers, and are refused as a whole', async () => {
    const limits = { writersMax: 2 };
    await using one = await served({ limits });
    await created(one.store as MemoryThreadStore, 2);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    const ref = (thread: number, epoch = 1n) => ({ threadId: idOf(thread), epoch });
    await one.store.persistThread(ref(0));
    talk.send([batch(1, 0)], [{ writers: [ref(0), ref(1)] }]);
    talk.send([], [{ writers: [ref(0), ref(0), ref(1)] }, { writers: [ref(9), ref(0)] }]);
    await waitFor(() => talk.renewals.length === 3, { what: 'the renewals' });
    const outcomes = talk.renewals.toSorted((a, b) => a.number - b.number).map(({ outcome }) => outcome);
    expect(outcomes[0]).toEqual({ lost: [] });
    expect(outcomes[1]).toMatchObject({ reason: 'LIMIT_EXCEEDED', remote: true });
    expect(outcomes[2]).toMatchObject({ lost: [{ ...ref(9), error: { reason: 'THREAD_NOT_FOUND', remote: true } }] });
    expect(talk.appends.map(({ number }) => number)).toEqual([0]);
  });

  test('answers of one tick come as one message', async () => {
    const store = new HeldStore();
    await using one = await served({ store });
    await created(store, 20);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    for (let thread = 0; thread < 20; thread += 1) talk.send([batch(thread, 0)]);
    await waitFor(() => store.seen.length === 20, { what: 'the appends' });
    expect(talk.messages()).toBe(0);
    store.release();
    await talk.outcomes(20);
    expect(talk.messages()).toBe(1);
  });

  test('a fault of the store is told by its request id alone, at once logged, and ends nothing', async () => {
    const store = new HeldStore();
    await using one = await served({ store });
    await created(store, 2);
    const fault = Object.assign(new Error('the secret'), { code: '22P05' });
    store.isHolding = false;
    const append = store.appendItems.bind(store);
    store.appendItems = (params, options) =>
      params.threadId === idOf(0) ? Promise.reject(fault) : append(params, options);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    talk.send([batch(0, 0), batch(1, 0)]);
    const [failed, neighbour] = await talk.outcomes(2);
    expect(neighbour).toEqual(stored(0));
    expect(failed).toMatchObject({ reason: 'INTERNAL', effect: 'unknown' });
    expect(one.logged).toHaveLength(1);
    expect(one.logged[0]).toMatchObject({
      level: 'error',
      message: 'append failed',
      fields: { rpc: 'AppendStream', threadId: idOf(0), reason: 'INTERNAL', error: { name: 'Error', code: '22P05' } },
    });
    expect((failed as ThreadStoreError).message).toContain(String(one.logged[0]?.fields['requestId']));
    expect(JSON.stringify([failed, one.logged])).not.toContain('secret');
  });

  test('bytes that are no message end the stream, after the answers to those before', async () => {
    const store = new HeldStore();
    await using one = await served({ store });
    await created(store, 1);
    using client = new AppendClient(one.endpoint);
    const call = client.channel.makeBidiStreamRequest(
      `${ownPath}/AppendStream`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    let messages = 0;
    call.on('data', () => {
      messages += 1;
    });
    const failed = new Promise<grpc.ServiceError>((resolve) => {
      call.on('error', resolve);
    });
    call.write(bytesOf(appendStreamRequestToWire([encodeAppend(batch(0, 0))], [])));
    call.write(Buffer.from([0x0a, 0x7f]));
    await waitFor(() => store.seen.length === 1, { what: 'the append' });
    await roundTrip(client);
    store.release();
    expect(fromStatus(await failed, { operation: 'append_items', effect: 'unknown' })).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field: 'request' },
    });
    expect(messages).toBe(1);
    await waitFor(() => one.logged.find(({ fields }) => fields['rpc'] === 'AppendStream'), { what: 'the log' });
    expect(one.logged.find(({ fields }) => fields['rpc'] === 'AppendStream')?.fields).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_FIELD',
      appends: 1,
    });
  });
});

describe('flow', () => {
  test.each([
    ['count', { streamBatchesMax: 3 }],
    ['bytes', { streamBytesMax: 3 * Buffer.byteLength(item) }],
    ['count of the server', { serverBatchesMax: 3 }],
    ['bytes of the server', { serverBytesMax: 3 * Buffer.byteLength(item) }],
  ])('%s: a stream is read no further while it has too much unanswered, and then goes on', async (_what, limits) => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: limits });
    await created(store, 10);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    for (let thread = 0; thread < 10; thread += 1) talk.send([batch(thread, 0)]);
    for (let read = 3; read <= 9; read += 3) {
      await waitFor(() => store.seen.length === read, { what: `${read} appends` });
      await roundTrip(client);
      expect(store.seen).toHaveLength(read);
      store.release();
    }
    await waitFor(() => store.seen.length === 10, { what: 'the last append' });
    store.release();
    expect(await talk.outcomes(10)).toEqual(Array.from({ length: 10 }, () => stored(0)));
  });

  test('appends and renewals of one message wait for room like those of many', async () => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: { streamBatchesMax: 3 } });
    await created(store, 7);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    const renewal = { writers: [{ threadId: idOf(0), epoch: 1n }] };
    talk.send(
      Array.from({ length: 7 }, (_, thread) => batch(thread, 0)),
      Array.from({ length: 7 }, () => renewal),
    );
    for (const read of [3, 6, 7]) {
      await waitFor(() => store.seen.length === read, { what: `${read} appends` });
      await roundTrip(client);
      expect(store.seen).toHaveLength(read);
      expect(talk.renewals.length > 0).toBe(read === 7);
      store.release();
    }
    expect(await talk.outcomes(7)).toEqual(Array.from({ length: 7 }, () => stored(0)));
    await waitFor(() => talk.renewals.length === 7, { what: 'the renewals' });
    expect(talk.renewals.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('a drain leaves what of a message had no room unanswered', async () => {
    const store = new HeldStore();
    await using one = await served({ store, drainTimeoutMs: 30_000, appendStreamLimits: { streamBatchesMax: 2 } });
    await created(store, 3);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    talk.send([batch(0, 0), batch(1, 0), batch(2, 0)]);
    await waitFor(() => store.seen.length === 2, { what: 'the appends' });
    const drained = one.drain();
    store.release();
    expect(await talk.ended()).toBeNull();
    await drained;
    expect(talk.appends.map(({ number }) => number)).toEqual([0, 1]);
    expect(store.seen).toHaveLength(2);
  });

  test('the load of the server is shared: one stream waits for another', async () => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: { serverBatchesMax: 2 } });
    await created(store, 5);
    using client = new AppendClient(one.endpoint);
    const [first, second] = [client.open(), client.open()];
    first.send([batch(0, 0), batch(1, 0)]);
    await waitFor(() => store.seen.length === 2, { what: 'the first appends' });
    // Its first message was asked for while there was room.
    second.send([batch(2, 0)]);
    await waitFor(() => store.seen.length === 3, { what: 'the third append' });
    second.send([batch(3, 0)]);
    first.send([batch(4, 0)]);
    await roundTrip(client);
    expect(store.seen).toHaveLength(3);
    // Two are left.
    store.release(1);
    await first.outcomes(1);
    await roundTrip(client);
    expect(store.seen).toHaveLength(3);
    store.isHolding = false;
    store.release();
    await Promise.all([first.outcomes(3), second.outcomes(2)]);
  });

  test('a stream that is not read holds up no other call of its connection', async () => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: { streamBatchesMax: 1 } });
    await created(store, 1);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    const large = `{"type":"${'x'.repeat(100_000)}"}`;
    for (let sequence = 0; sequence < 40; sequence += 1) talk.send([batch(0, sequence, [large])]);
    await waitFor(() => store.seen.length === 1, { what: 'the first append' });
    await roundTrip(client);
    expect(store.seen).toHaveLength(1);
    store.isHolding = false;
    store.release();
    expect((await talk.outcomes(40)).at(-1)).toEqual(stored(39));
  });

  test('answers that nobody takes count, too', async () => {
    const store = new HeldStore();
    store.isHolding = false;
    await using one = await served({ store, appendStreamLimits: { streamBatchesMax: 4 } });
    await created(store, 1);
    using raw = new RawStream(one.endpoint);
    const count = 100;
    for (let sequence = 0; sequence < count; sequence += 1) {
      raw.stream.write(frame(bytesOf(appendStreamRequestToWire([encodeAppend(batch(0, sequence))], []))));
    }
    await waitFor(() => store.seen.length > 0, { what: 'the first append' });
    await raw.ping();
    // One message with answers is on its way, and another waits behind it.
    const [before] = [store.seen.length, await raw.ping()];
    expect(store.seen).toHaveLength(before);
    expect(before).toBeLessThanOrEqual(12);
    raw.takeAnswers();
    await waitFor(() => store.seen.length === count, { what: 'all appends' });
  });
});

describe('callers that take no answers', () => {
  test('they do not stop the streams of others', async () => {
    const store = new HeldStore();
    store.isHolding = false;
    await using one = await served({ store, appendStreamLimits: { streamBatchesMax: 4, serverBatchesMax: 4 } });
    await created(store, 2);
    using raw = new RawStream(one.endpoint);
    for (let sequence = 0; sequence < 20; sequence += 1) {
      raw.stream.write(frame(bytesOf(appendStreamRequestToWire([encodeAppend(batch(0, sequence))], []))));
    }
    await waitFor(() => store.seen.length > 0, { what: 'the first append' });
    await raw.ping();
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    for (let sequence = 0; sequence < 10; sequence += 1) talk.send([batch(1, sequence)]);
    expect(await talk.outcomes(10)).toHaveLength(10);
    expect(store.seen.filter(({ threadId }) => threadId === idOf(0)).length).toBeLessThan(20);
  });
});

describe('ends', () => {
  test('a drain reads no more, answers what was read, and ends the stream with OK', async () => {
    const store = new HeldStore();
    await using one = await served({ store, drainTimeoutMs: 30_000, appendStreamLimits: { streamBatchesMax: 2 } });
    await created(store, 3);
    using client = new AppendClient(one.endpoint);
    const [busy, idle] = [client.open(), client.open()];
    busy.send([batch(0, 0)]);
    busy.send([batch(1, 0)]);
    busy.send([batch(2, 0)]);
    await waitFor(() => store.seen.length === 2, { what: 'the appends' });
    await roundTrip(client);
    const drained = one.drain();
    expect(await idle.ended()).toBeNull();
    expect(await askHealth(one.endpoint, 1_000)).toMatchObject({ status: 'UNREACHABLE' });
    busy.send([batch(0, 1)]);
    store.release();
    expect(await busy.ended()).toBeNull();
    expect(busy.appends.map(({ outcome }) => outcome)).toEqual([stored(0), stored(0)]);
    await drained;
    expect(store.seen).toHaveLength(2);
  });

  test('a stream that is old ends with OK, and another may begin', async () => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: { ageMsMax: 50 } });
    await created(store, 1);
    using client = new AppendClient(one.endpoint);
    const first = client.open();
    first.send([batch(0, 0)]);
    await waitFor(() => store.seen.length === 1, { what: 'the append' });
    expect(await client.open().ended()).toBeNull();
    store.release();
    expect(await first.ended()).toBeNull();
    expect(first.appends).toEqual([{ number: 0, outcome: stored(0) }]);
  });

  test('what is under way when the caller goes is stored, and counts no more', async () => {
    const store = new HeldStore();
    await using one = await served({ store, appendStreamLimits: { serverBatchesMax: 2 } });
    await created(store, 4);
    using client = new AppendClient(one.endpoint);
    const gone = client.open();
    gone.send([batch(0, 0)]);
    gone.send([batch(1, 0)]);
    gone.send([batch(2, 0)]);
    await waitFor(() => store.seen.length === 2, { what: 'the appends' });
    await roundTrip(client);
    gone.call.cancel();
    expect(await gone.ended()).toMatchObject({ code: grpc.status.CANCELLED });
    await waitFor(() => one.logged.some(({ fields }) => fields['code'] === 'CANCELLED'), { what: 'the log' });
    const next = client.open();
    next.send([batch(3, 0)]);
    await roundTrip(client);
    // The one that waited was dropped. The next stream has nothing under way of its own.
    expect(store.seen.map(({ threadId }) => threadId)).toEqual([idOf(0), idOf(1), idOf(3)]);
    store.isHolding = false;
    store.release();
    expect(await next.outcomes(1)).toEqual([stored(0)]);
    expect((await store.loadHistory({ threadId: idOf(0) })).items).toEqual([item]);
    expect((await store.loadHistory({ threadId: idOf(1) })).items).toEqual([item]);
  });

  test('the log tells what a stream brought, when it ends', async () => {
    await using one = await served();
    await created(one.store as MemoryThreadStore, 1);
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    talk.send([batch(0, 0, [item, item]), batch(0, 1), batch(0, 7)]);
    await talk.outcomes(3);
    expect(one.logged).toEqual([]);
    talk.call.end();
    await talk.ended();
    expect(one.logged).toHaveLength(1);
    const { requestId, ms, ...fields } = one.logged[0]?.fields ?? {};
    expect([typeof requestId, typeof ms]).toEqual(['string', 'number']);
    expect(fields).toEqual({
      rpc: 'AppendStream',
      code: 'OK',
      appends: 3,
      refused: 1,
      items: 4,
      bytes: 4 * Buffer.byteLength(item),
    });
  });
});

/** A stream of appends over plain HTTP/2 whose caller has no room for answers. */
class RawStream implements Disposable {
  readonly stream: ClientHttp2Stream;
  readonly #session: ClientHttp2Session;

  constructor(endpoint: string) {
    this.#session = connect(`http://${endpoint}`, { settings: { initialWindowSize: 0 } });
    this.stream = this.#session.request({
      ':method': 'POST',
      ':path': `${ownPath}/AppendStream`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.stream.on('error', () => undefined);
  }

  async ping(): Promise<void> {
    await new Promise((resolve) => {
      this.#session.ping(resolve);
    });
  }

  takeAnswers(): void {
    this.#session.settings({ initialWindowSize: 65_535 });
    this.stream.resume();
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
