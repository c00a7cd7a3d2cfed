import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { fromStatus } from '@threadstore/protocol';
import { frame, ownPath, type RawAnswer, RawClient, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import { Admission } from '../src/limits/admission.ts';
import type { Arrival } from '../src/rpc/gate.ts';
import { AppendClient } from './support/append-client.ts';
import { byHeader } from './support/by-header.ts';
import { HeldStore } from './support/held-store.ts';
import { served, type Served } from './support/served.ts';

const threadId = '0191a000-0000-7000-8000-000000000000';
const MiB = 1024 * 1024;
const { RESOURCE_EXHAUSTED, NOT_FOUND, INVALID_ARGUMENT, DEADLINE_EXCEEDED, OK } = grpc.status;

const list = (client: RawClient, tenant = 'default', headers = {}): Promise<RawAnswer> =>
  client.call('ListThreads', frame(Buffer.alloc(0)), { 'x-tenant': tenant, ...headers });

/** Begins an append of so many bytes, of which only the first few come. */
function beginLarge(client: RawClient, bytes: number, tenant = 'default', rpc = 'AppendItems'): ClientHttp2Stream {
  const stream = client.begin(rpc, { 'x-tenant': tenant });
  stream.write(frame(Buffer.alloc(100), bytes));
  return stream;
}

function codeOf(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve) => {
    stream.on('response', (headers) => {
      if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
    });
    stream.on('trailers', (headers: IncomingHttpHeaders) => resolve(Number(headers['grpc-status'])));
    stream.resume();
  });
}

async function lists(one: Served): Promise<void> {
  using client = new RawClient(one.endpoint);
  expect(await list(client)).toMatchObject({ code: OK });
}

describe('calls at once', () => {
  test('O1 one more than a tenant may have is refused and told when to come again; another tenant is not', async () => {
    const store = new HeldStore();
    await using one = await served({ store, gates: [byHeader], serviceLimits: { tenantCallsMax: 2 } });
    using client = new RawClient(one.endpoint);
    const held = [list(client, 'a'), list(client, 'a')];
    await waitFor(() => store.waiting === 2, { what: 'two calls under way' });
    const refused = await list(client, 'a');
    expect(refused).toMatchObject({ code: RESOURCE_EXHAUSTED, message: 'the tenant has too many calls under way' });
    expect(Number(refused.headers['grpc-retry-pushback-ms'])).toBeGreaterThanOrEqual(100);
    const metadata = new grpc.Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from(String(refused.headers['grpc-status-details-bin']), 'base64'));
    const error = fromStatus(
      { code: RESOURCE_EXHAUSTED, details: '', metadata },
      { effect: 'unknown', operation: 'x' },
    );
    expect(error).toMatchObject({ reason: 'OVERLOADED', effect: 'none' });
    expect(error.retryAfterMs).toBe(Number(refused.headers['grpc-retry-pushback-ms']));
    const other = list(client, 'b');
    await waitFor(() => store.waiting === 3, { what: 'the call of the other tenant' });
    store.release();
    for (const answer of await Promise.all([...held, other])) expect(answer).toMatchObject({ code: OK });
    expect(await list(client, 'a')).toMatchObject({ code: OK });
  });

  test('O3 beyond what the server takes a call waits for a moment, and is refused', async () => {
    const store = new HeldStore();
    await using one = await served({ store, serviceLimits: { callsMax: 1 } });
    using client = new RawClient(one.endpoint);
    const held = list(client);
    await waitFor(() => store.waiting === 1, { what: 'a call under way' });
    expect(await list(client)).toMatchObject({ code: RESOURCE_EXHAUSTED, message: 'too many calls are under way' });
    // One that waits has its turn as soon as there is room.
    store.isHolding = false;
    const next = list(client);
    store.release();
    expect(await next).toMatchObject({ code: OK });
    expect(await held).toMatchObject({ code: OK });
  });

  test('a caller who goes leaves its place', async () => {
    const store = new HeldStore();
    await using one = await served({ store, serviceLimits: { callsMax: 1, tenantCallsMax: 1 } });
    using client = new RawClient(one.endpoint);
    const gone = list(client);
    await waitFor(() => store.waiting === 1, { what: 'a call under way' });
    client.close();
    await gone;
    store.isHolding = false;
    using again = new RawClient(one.endpoint);
    expect(await waitFor(async () => (await list(again)).code === OK, { what: 'a free place' })).toBe(true);
    store.release();
  });

  test('O2 a tenant that sends more than its rate is refused; another tenant is not', async () => {
    await using one = await served({ gates: [byHeader], serviceLimits: { tenantRate: 1 } });
    using client = new RawClient(one.endpoint);
    const codes: (number | null)[] = [];
    for (let count = 0; count < 5; count += 1) codes.push((await list(client, 'a')).code);
    // Two seconds' worth may come at once.
    expect(codes.slice(0, 2)).toEqual([OK, OK]);
    expect(codes).toContain(RESOURCE_EXHAUSTED);
    expect(await list(client, 'b')).toMatchObject({ code: OK });
  });

  test('streams have bounds of their own', async () => {
    await using one = await served({ serviceLimits: { appendStreamsMax: 1, tenantAppendStreamsMax: 1 } });
    using client = new AppendClient(one.endpoint);
    const talk = client.open();
    talk.send([{ threadId, epoch: 1n, sequence: 0n, items: ['{"type":"note"}'] }]);
    await talk.outcomes(1);
    expect(await client.open().ended()).toMatchObject({ code: RESOURCE_EXHAUSTED });
    await lists(one);
    talk.call.end();
    expect(await talk.ended()).toBeNull();
  });
});

describe('bytes of requests', () => {
  test('a large request is refused before it is read while others have the room; small ones pass', async () => {
    await using one = await served({ gates: [byHeader], serviceLimits: { requestBytesMax: 10 * MiB } });
    using client = new RawClient(one.endpoint);
    const large = [beginLarge(client, 4 * MiB, 'a'), beginLarge(client, 4 * MiB, 'b')];
    // Headers have come when a call behind them is answered.
    expect(await list(client)).toMatchObject({ code: OK });
    const refused = beginLarge(client, 4 * MiB, 'c');
    expect(await codeOf(refused)).toBe(RESOURCE_EXHAUSTED);
    expect(await list(client)).toMatchObject({ code: OK });
    large[0]?.close();
    // It asks for a thread that is not there, so it was let in and read.
    await waitFor(async () => (await largeCall(client)) !== RESOURCE_EXHAUSTED, { what: 'room' });
  });

  test('a tenant has a part of them', async () => {
    const serviceLimits = { requestBytesMax: 16 * MiB, tenantRequestBytesMax: 4 * MiB };
    await using one = await served({ gates: [byHeader], serviceLimits });
    using client = new RawClient(one.endpoint);
    beginLarge(client, 4 * MiB, 'a');
    expect(await list(client)).toMatchObject({ code: OK });
    expect(await codeOf(beginLarge(client, MiB, 'a'))).toBe(RESOURCE_EXHAUSTED);
    expect(await largeCall(client)).not.toBe(RESOURCE_EXHAUSTED);
  });

  test.each([
    '/grpc.health.v1.Health/Check',
    '/grpc.health.v1.Health/Watch',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  ])('a large one to %s, which asks for no credentials or few, is not read', async (path) => {
    await using one = await served();
    using client = new RawClient(one.endpoint);
    expect(await codeOf(beginLarge(client, MiB, 'default', path))).toBe(RESOURCE_EXHAUSTED);
    expect(await one.health('')).toBe('SERVING');
  });

  test('a request of whatever pieces is read, and a second message in it refused', async () => {
    await using one = await served();
    using client = new RawClient(one.endpoint);
    const body = frame(Buffer.concat([Buffer.from([0x0a, threadId.length]), Buffer.from(threadId)]));
    for (const size of [1, 2, 3, 7, body.byteLength]) {
      const stream = client.begin('ReadThread');
      const code = codeOf(stream);
      for (let at = 0; at < body.byteLength; at += size) {
        await new Promise<void>((resolve) => {
          stream.write(body.subarray(at, at + size), () => resolve());
        });
      }
      stream.end();
      expect(await code).toBe(NOT_FOUND);
    }
    const twice = await client.call('ReadThread', Buffer.concat([body, body]));
    expect(twice).toMatchObject({ code: INVALID_ARGUMENT, message: 'request: more than one message' });
  });
});

/** A large append to a thread that is not there. */
async function largeCall(client: RawClient): Promise<number | null> {
  const text = Buffer.from(threadId);
  const body = frame(
    Buffer.concat([
      Buffer.from([0x0a, text.byteLength]),
      text,
      Buffer.from([0x7a, 0x80, 0x80, 0x40]),
      Buffer.alloc(MiB),
    ]),
  );
  return (await client.call('AppendItems', body, { 'x-tenant': 'd' })).code;
}

test('a stream keeps nothing of its messages that are dealt with', async () => {
  const pending = new Set<() => void>();
  const record = { requestId: '', peer: '', rpc: 'AppendStream', isOwn: true, principal: anyone };
  const onEnd = (callback: () => void) => {
    pending.add(callback);
    return () => void pending.delete(callback);
  };
  const arrival = { record, kind: 'append', onEnd } as unknown as Arrival;
  const admission = new Admission({ requestBytesMax: MiB, tenantRequestBytesMax: MiB });
  const first = admission.receive(arrival, MiB);
  const second = admission.receive(arrival, MiB);
  first.done();
  await second.ready;
  second.done();
  expect(admission.requestBytes).toBe(0);
  expect(pending.size).toBe(0);
});

test('what is refused counts for no rate', async () => {
  const record = { requestId: '', peer: '', rpc: 'AppendItems', isOwn: true, principal: anyone };
  const arrival = { record, kind: 'unary', peer: '', onEnd: () => () => undefined } as unknown as Arrival;
  const admission = new Admission({ requestBytesMax: MiB, tenantBytesRate: MiB });
  const { done } = admission.receive(arrival, MiB);
  for (let count = 0; count < 3; count += 1) {
    await expect(admission.receive(arrival, MiB).ready).rejects.toMatchObject({ reason: 'OVERLOADED' });
  }
  done();
  expect(admission.rateOf(anyone.tenant).isTight).toBe(false);
});

test('tenants that have nothing under way are forgotten', () => {
  const admission = new Admission({ tenantRate: Number.POSITIVE_INFINITY });
  const arrive = (tenant: string): (() => void) => {
    let end = (): void => undefined;
    const onEnd = (callback: () => void) => {
      const before = end;
      end = () => {
        before();
        callback();
      };
      return () => undefined;
    };
    const record = { requestId: '', peer: '', rpc: 'ReadThread', isOwn: true, principal: { ...anyone, tenant } };
    void admission.enter({ record, kind: 'unary', onEnd } as unknown as Arrival);
    return () => end();
  };
  const ends = ['a', 'b'].map(arrive);
  for (let count = 0; count < 10_000; count += 1) arrive(`t${count}`)();
  expect(admission.tenants).toBeLessThan(2_000);
  const rate = admission.rateOf('a');
  for (let count = 0; count < 10_000; count += 1) arrive(`u${count}`)();
  expect(admission.rateOf('a')).toBe(rate);
  for (const end of ends) end();
});

describe('time', () => {
  test('O11 a request that never ends is given up, and its room with it', async () => {
    const serviceLimits = { requestBytesMax: 4 * MiB, callTimeoutMs: 300 };
    await using one = await served({ serviceLimits });
    using client = new RawClient(one.endpoint);
    expect(await codeOf(beginLarge(client, 4 * MiB))).toBe(DEADLINE_EXCEEDED);
    expect(await largeCall(client)).not.toBe(RESOURCE_EXHAUSTED);
  });

  test.each([`${ownPath}/ReadHistory`, '/grpc.health.v1.Health/Check', '/grpc.health.v1.Health/Watch'])(
    'so is one of %s that holds the place of others',
    async (path) => {
      await using one = await served({ serviceLimits: { callTimeoutMs: 300 } });
      using client = new RawClient(one.endpoint);
      expect(await codeOf(beginLarge(client, 1_000, 'default', path))).toBe(DEADLINE_EXCEEDED);
    },
  );

  test('a watch that has begun lasts', async () => {
    await using one = await served({ serviceLimits: { callTimeoutMs: 300 } });
    using client = new RawClient(one.endpoint);
    const watch = client.call('/grpc.health.v1.Health/Watch');
    // Those that begin after it end before it.
    for (const _ of [1, 2]) expect(await codeOf(beginLarge(client, MiB - 1))).toBe(DEADLINE_EXCEEDED);
    await one.drain();
    expect(await watch).toMatchObject({ code: grpc.status.UNAVAILABLE });
  });

  test('H10 a timeout that is too long for grpc-js is said to be', async () => {
    await using one = await served();
    using client = new RawClient(one.endpoint);
    expect(await list(client, 'default', { 'grpc-timeout': '596H' })).toMatchObject({ code: OK });
    expect(await list(client, 'default', { 'grpc-timeout': '597H' })).toMatchObject({
      code: INVALID_ARGUMENT,
      message: 'grpc-timeout: too long (limit 596 hours)',
    });
  });
});
