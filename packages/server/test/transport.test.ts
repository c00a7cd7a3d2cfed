import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { defaultLimits } from '@threadstore/core';
import { frame, http2Frame, ownPath, type RawAnswer, RawClient } from '@threadstore/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultServiceLimits } from '../src/limits/service-limits.ts';
import { askHealth } from '../src/rpc/health-client.ts';
import { served, type Served } from './support/served.ts';

let one: Served;
beforeAll(async () => {
  one = await served();
});
afterAll(() => one[Symbol.asyncDispose]());
afterEach(() => livesAndKeptNothing());

async function livesAndKeptNothing(): Promise<void> {
  expect(await askHealth(one.endpoint, 10_000)).toMatchObject({ status: 'SERVING' });
  expect((await one.store.listThreads()).threads).toEqual([]);
}

interface Request {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Frames and all. */
  readonly body?: Buffer;
}

async function call({ path = 'ListThreads', headers, body }: Request): Promise<RawAnswer> {
  using client = new RawClient(one.endpoint);
  return await client.call(path, body, headers);
}

/** Sends bytes to the port as they are; resolves when the other side has hung up. */
async function speak(bytes: Buffer): Promise<void> {
  const [host = '', port = ''] = one.endpoint.split(':');
  const socket = connect({ host, port: Number(port) });
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  socket.write(bytes);
  await once(socket, 'close');
}

const { OK, UNIMPLEMENTED, RESOURCE_EXHAUSTED, INTERNAL, INVALID_ARGUMENT } = grpc.status;

describe('paths and headers', () => {
  test.each([`${ownPath}/Nope`, '/../../etc/passwd', '/', '/threadstore.v1.Nope/ListThreads'])(
    'T1, T2 %s',
    async (path) => {
      expect(await call({ path })).toMatchObject({ code: UNIMPLEMENTED });
    },
  );

  test('T3 another content type', async () => {
    expect(await call({ headers: { 'content-type': 'application/json' } })).toMatchObject({
      httpStatus: 415,
      code: null,
    });
  });

  test('H9 a deadline that is none', async () => {
    expect(await call({ headers: { 'grpc-timeout': 'abc' } })).toMatchObject({ code: INTERNAL });
  });

  test.each(['597H', '99999999M', '2592000S'])(
    'H10 a deadline of %s, which grpc-js takes for a past one',
    async (timeout) => {
      expect(await call({ headers: { 'grpc-timeout': timeout } })).toMatchObject({
        code: INVALID_ARGUMENT,
        message: 'grpc-timeout: too long (limit 596 hours)',
      });
    },
  );

  test.each([
    ['H16', { 'grpc-retry-pushback-ms': '-1', 'grpc-previous-rpc-attempts': 'x' }],
    ['H17', { traceparent: '00-zz-zz-zz', tracestate: '\u00ff' }],
    ['H4', { authorization: `Bearer ${'x'.repeat(10_000)}` }],
    ['', { 'x-data-bin': '====', 'grpc-accept-encoding': ',,,' }],
  ])('%s metadata that is of no use is left alone', async (_id, headers) => {
    expect(await call({ headers })).toMatchObject({ code: OK });
  });

  test('H13 60,000 bytes of metadata', async () => {
    const answer = await call({ headers: { 'x-large': 'y'.repeat(60_000) } });
    expect(answer).toMatchObject({ code: RESOURCE_EXHAUSTED });
    expect(answer.message).toMatch(/^metadata: too many bytes \(got 6\d{4}, limit 16384\)$/);
  });

  test('H14 200 keys of metadata', async () => {
    const headers = Object.fromEntries(Array.from({ length: 200 }, (_one, key) => [`x-key-${key}`, 'y']));
    expect(await call({ headers })).toMatchObject({ code: null });
  });
});

describe('frames', () => {
  const largest = defaultLimits.appendBytesMax;

  test('T6 a frame that claims 4 GiB', async () => {
    expect(await call({ body: frame(Buffer.alloc(10), 2 ** 32 - 1) })).toMatchObject({ code: RESOURCE_EXHAUSTED });
  });

  test('T7 a frame that claims twice the largest append', async () => {
    expect(await call({ body: frame(Buffer.alloc(10), 2 * largest) })).toMatchObject({ code: RESOURCE_EXHAUSTED });
  });

  test('T9 a frame that ends early, T10 no frame at all', async () => {
    expect(await call({ body: frame(Buffer.alloc(10), 100) })).toMatchObject({ code: UNIMPLEMENTED });
    expect(await call({ body: Buffer.alloc(0) })).toMatchObject({ code: UNIMPLEMENTED });
  });

  test('T11 bytes that are no frames', async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const body = Buffer.from(Array.from({ length: 64 }, (_one, at) => (seed * 2_654_435_761 + at * 40_503) & 0xff));
      expect([RESOURCE_EXHAUSTED, INTERNAL, UNIMPLEMENTED, INVALID_ARGUMENT]).toContain((await call({ body })).code);
    }
  });

  test('T13 an encoding that nobody knows', async () => {
    const body = frame(Buffer.alloc(0), 0, 1);
    expect(await call({ body, headers: { 'grpc-encoding': 'br' } })).toMatchObject({ code: UNIMPLEMENTED });
  });

  test('T14 256 MiB of zeros, compressed', async () => {
    const before = process.memoryUsage.rss();
    const body = frame(gzipSync(Buffer.alloc(256 * 1024 * 1024)), undefined, 1);
    const answer = await call({ body, headers: { 'grpc-encoding': 'gzip' } });
    expect(answer).toMatchObject({ code: RESOURCE_EXHAUSTED });
    expect(process.memoryUsage.rss() - before).toBeLessThan(512 * 1024 * 1024);
  });

  test('T15 a compressed frame without an encoding', async () => {
    expect(await call({ body: frame(Buffer.from([0xff]), 1, 1) })).toMatchObject({ code: INVALID_ARGUMENT });
  });
});

describe('connections', () => {
  test('T5 HTTP/1.1, a TLS hello and noise are hung up on, and not logged', async () => {
    const lines = one.logged.length;
    await speak(Buffer.from('GET / HTTP/1.1\r\nHost: threads\r\n\r\n'));
    await speak(Buffer.from('160301020001000100', 'hex'));
    await speak(Buffer.alloc(1_000, 0x41));
    expect(one.logged.length).toBe(lines);
  });

  test('T23 10,000 streams that are reset at once', async () => {
    using client = new RawClient(one.endpoint);
    const { session } = client;
    for (let count = 0; count < 10_000 && !session.destroyed; count += 1) {
      const stream = client.begin('ListThreads');
      stream.close(8);
    }
    await new Promise<void>((resolve) => {
      session.close(resolve);
    });
    expect(session.closed || session.destroyed).toBe(true);
  });

  test.each([
    ['CONTINUATION', http2Frame(9, 0, 1)],
    ['SETTINGS', http2Frame(4, 0, 0)],
    ['PING', http2Frame(6, 0, 0, Buffer.alloc(8))],
    ['WINDOW_UPDATE', http2Frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
    ['RST_STREAM', http2Frame(3, 0, 1, Buffer.alloc(4))],
    ['PRIORITY', http2Frame(2, 0, 1, Buffer.alloc(5))],
  ])('T27 20,000 frames of %s on one connection: others are served', async (_type, flood) => {
    const [host = '', port = ''] = one.endpoint.split(':');
    const socket = connect({ host, port: Number(port) });
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame(4, 0, 0)]);
    const before = process.memoryUsage.rss();
    socket.write(Buffer.concat([preface, ...Array.from({ length: 20_000 }, () => flood)]));
    expect(await call({})).toMatchObject({ code: OK });
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 * 1024);
    socket.destroy();
  });

  test('T25 2,000 calls at once on one connection: as many as a tenant may have are served, the others refused or served', async () => {
    const client = new grpc.Client(one.endpoint, grpc.credentials.createInsecure());
    const asIs = (bytes: Buffer): Buffer => bytes;
    const calls = Array.from(
      { length: 2_000 },
      () =>
        new Promise<grpc.ServiceError | null>((resolve) => {
          client.makeUnaryRequest(`${ownPath}/ListThreads`, asIs, asIs, Buffer.alloc(0), resolve);
        }),
    );
    const refused = (await Promise.all(calls)).filter((error) => error !== null);
    expect(calls.length - refused.length).toBeGreaterThanOrEqual(defaultServiceLimits.tenantCallsMax);
    expect(refused.filter(({ code }) => code !== grpc.status.RESOURCE_EXHAUSTED)).toEqual([]);
    client.close();
  });

  test('connections that say nothing do not hold up a drain', async () => {
    await using other = await served({ drainTimeoutMs: 60_000 });
    const [host = '', port = ''] = other.endpoint.split(':');
    const sockets = Array.from({ length: 50 }, () => connect({ host, port: Number(port) }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    expect(await askHealth(other.endpoint, 10_000)).toMatchObject({ status: 'SERVING' });
    await other.drain();
    for (const socket of sockets) socket.destroy();
  });
});
