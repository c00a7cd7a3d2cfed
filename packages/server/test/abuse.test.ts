import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { MemoryThreadStore } from '@threadstore/core';
import { CertificateAuthority, frame, http2Frame, RawClient, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { TlsCredentials } from '../src/auth/tls-credentials.ts';
import { askHealth } from '../src/rpc/health-client.ts';
import { served, type Served } from './support/served.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const threadId = '0191a000-0000-7000-8000-000000000000';

const settings = http2Frame(4, 0, 0);

async function open(one: Served): Promise<Socket> {
  const [host = '', port = ''] = one.endpoint.split(':');
  const socket = connect({ host, port: Number(port) });
  // Cut off by the other side, at any time.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function openTls(one: Served, ca: string, bytes = Buffer.alloc(0)): Promise<Socket> {
  const [host = '', port = ''] = one.endpoint.split(':');
  const socket = connectTls({ host, port: Number(port), ca, ALPNProtocols: ['h2'] });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(bytes);
  return socket;
}

const isServing = async (one: Served): Promise<boolean> => (await askHealth(one.endpoint, 10_000)).status === 'SERVING';

describe('connections', () => {
  test('T26 those that say nothing are ended, those that speak are not', async () => {
    await using one = await served({ serviceLimits: { prefaceTimeoutMs: 300 } });
    using client = new RawClient(one.endpoint);
    await once(client.session, 'remoteSettings');
    const silent = await Promise.all(Array.from({ length: 100 }, () => open(one)));
    const half = await open(one);
    half.write(preface.subarray(0, 10));
    for (const socket of [...silent, half]) socket.resume();
    await waitFor(() => [...silent, half].every(({ destroyed }) => destroyed), { what: 'their end' });
    const answer = await client.call('ListThreads');
    expect(answer.code).toBe(grpc.status.OK);
  });

  test('those that begin and go no further are ended, on each layer', async () => {
    const authority = await CertificateAuthority.create('a');
    const { cert: ca } = authority;
    const material = await authority.issue({ commonName: 'threads', names: [{ type: 'ip', value: '127.0.0.1' }] });
    const serviceLimits = { prefaceTimeoutMs: 2_000 };
    await using plain = await served({ serviceLimits });
    await using encrypted = await served({ serviceLimits, credentials: new TlsCredentials(material, '1.3') });
    using client = new RawClient(encrypted.endpoint, { ca });
    await once(client.session, 'remoteSettings');
    const say = async (one: Served, bytes: Buffer): Promise<Socket> => {
      const socket = await open(one);
      socket.resume().write(bytes);
      return socket;
    };
    const stuck = await Promise.all([
      // A frame of settings whose end does not come.
      say(plain, Buffer.concat([preface, http2Frame(4, 0, 0, Buffer.alloc(60)).subarray(0, 30)])),
      open(encrypted),
      say(encrypted, Buffer.from([0x16])),
      // A ClientHello whose end does not come.
      say(encrypted, Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(100)])),
      // A handshake, and nothing after it.
      openTls(encrypted, ca),
      openTls(encrypted, ca, preface.subarray(0, 10)),
    ]);
    for (const socket of stuck) socket.resume();
    await waitFor(() => stuck.every(({ destroyed }) => destroyed), { what: 'their end' });
    const answer = await client.call('ListThreads');
    expect(answer.code).toBe(grpc.status.OK);
  });

  test('so many of one address are taken, and another when one has gone', async () => {
    await using one = await served({ serviceLimits: { connectionsPerAddressMax: 2 } });
    const [first] = await Promise.all([open(one), open(one)]);
    const third = await open(one);
    third.resume();
    await waitFor(() => third.destroyed, { what: 'the end of the one too many' });
    first.destroy();
    expect(await waitFor(() => isServing(one), { what: 'room for another connection' })).toBe(true);
  });
});

describe('floods', () => {
  const count = 100_000;
  const floods: Readonly<Record<string, Buffer>> = {
    pings: http2Frame(6, 0, 0, Buffer.alloc(8)),
    settings,
    'empty data': http2Frame(0, 0, 1),
    'window updates': http2Frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    priorities: http2Frame(2, 0, 1, Buffer.from([0, 0, 0, 3, 1])),
  };

  test.each(Object.entries(floods))('T27 of %s: the others are served, and memory stays', async (_name, one) => {
    await using service = await served();
    const before = process.memoryUsage.rss();
    const socket = await open(service);
    socket.resume().write(Buffer.concat([preface, settings]));
    const thousand = Buffer.concat(Array.from({ length: 1_000 }, () => one));
    for (let sent = 0; sent < count && !socket.destroyed; sent += 1_000) {
      if (socket.write(thousand)) continue;
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
    expect(await isServing(service)).toBe(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 * 1024);
    socket.destroy();
  });

  test('T27 of continuations: the connection is ended', async () => {
    await using service = await served();
    const socket = await open(service);
    socket.resume().write(Buffer.concat([preface, settings, http2Frame(1, 0, 1, Buffer.from([0x82]))]));
    const part = http2Frame(9, 0, 1, Buffer.from([0x00, 0x01, 0x61, 0x01, 0x62]));
    socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => part)));
    if (!socket.destroyed) await once(socket, 'close');
    expect(await isServing(service)).toBe(true);
  });
});

describe('readers that take nothing', () => {
  test('O10 their streams end, and say why to those who look after all', async () => {
    const store = new MemoryThreadStore();
    const { epoch } = await store.createThread({ threadId });
    const text = JSON.stringify({ type: 'note', text: 'x'.repeat(1_000_000) });
    for (let sequence = 0n; sequence < 8n; sequence += 1n) {
      await store.appendItems({ threadId, epoch, sequence, items: [text] });
    }
    await using one = await served({ store, serviceLimits: { stalledReaderTimeoutMs: 300 } });
    using client = new RawClient(one.endpoint);
    const stream = client.begin('ReadHistory');
    stream.end(frame(Buffer.concat([Buffer.from([0x0a, threadId.length]), Buffer.from(threadId)])));
    const ended = (): boolean => one.logged.some(({ fields }) => fields['code'] === 'DEADLINE_EXCEEDED');
    await waitFor(ended, { what: 'the end of the call' });
    expect(await trailersOf(stream)).toMatchObject({
      'grpc-status': String(grpc.status.DEADLINE_EXCEEDED),
      'grpc-message': encodeURI('the reader took nothing for too long (limit 300 ms)'),
    });
  });
});

function trailersOf(stream: ClientHttp2Stream): Promise<unknown> {
  return new Promise((resolve) => {
    stream.on('trailers', resolve);
    stream.on('error', () => undefined);
    stream.on('close', () => resolve(undefined));
    stream.resume();
  });
}
