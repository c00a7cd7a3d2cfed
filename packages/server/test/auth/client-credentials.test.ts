import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RemoteThreadStore, type RemoteThreadStoreOptions } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { waitFor } from '@threadstore/testkit';
import { describe, expect, test, vi } from 'vitest';
import { askHealth } from '../../src/rpc/health-client.ts';
import { guarded, makeToken, type Guarded } from './guarded.ts';

const item = '{"type":"note"}';
const metadata = { cwd: '/w', source: 'cli' };

type Token = NonNullable<RemoteThreadStoreOptions['credentials']>['token'];

const clientOf = ({ endpoint }: Guarded, token: Token, deadlineMs = 20_000): RemoteThreadStore =>
  new RemoteThreadStore({ endpoint, credentials: { token }, deadlineMs });

async function failureOf(work: Promise<unknown>): Promise<ThreadStoreError> {
  const error: unknown = await work.then(
    () => 'none',
    (reason: unknown) => reason,
  );
  if (error instanceof ThreadStoreError) return error;
  throw new Error('expected a ThreadStoreError', { cause: error });
}

/** Every kind of call: unary, a history, an append. */
function calls(store: RemoteThreadStore, threadId: string, epoch: bigint): (() => Promise<unknown>)[] {
  return [
    () => store.listThreads(),
    async () => {
      for await (const _batch of store.streamHistory({ threadId }));
    },
    () => store.appendItems({ threadId, epoch, sequence: 1n, items: [item] }),
  ];
}

async function liveThread(service: Guarded, token: string): Promise<{ threadId: string; epoch: bigint }> {
  await using store = new RemoteThreadStore({ endpoint: service.endpoint, credentials: { token }, keepLeases: false });
  const { threadId, epoch } = await store.createThread({ threadId: randomUUID(), metadata });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
  return { threadId, epoch };
}

describe('a token', () => {
  test('may end with the line of the file that it comes from', async () => {
    const good = makeToken();
    await using service = await guarded([good]);
    await using store = clientOf(service, () => Promise.resolve(`${good.text}\n`));
    expect((await store.listThreads()).threads).toEqual([]);
  });

  test.each([0, 1, 2])('that is refused is not tried again (call %i)', async (index) => {
    const good = makeToken();
    await using service = await guarded([good]);
    const { threadId, epoch } = await liveThread(service, good.text);
    await using store = clientOf(service, makeToken().text);
    const call = calls(store, threadId, epoch)[index] ?? (() => Promise.resolve());
    const start = performance.now();
    expect(await failureOf(call())).toMatchObject({ reason: 'UNAUTHENTICATED', effect: 'none', remote: true });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(service.log().match(/"reason":"UNAUTHENTICATED"/g)).toHaveLength(1);
  });

  test.each([0, 1, 2])('is asked for again when it is refused, and the call made again (call %i)', async (index) => {
    const good = makeToken();
    await using service = await guarded([good]);
    const { threadId, epoch } = await liveThread(service, good.text);
    const tokens = [makeToken().text, good.text];
    let asked = 0;
    await using store = clientOf(service, async () => tokens[asked++] ?? good.text);
    await (calls(store, threadId, epoch)[index] ?? (() => Promise.resolve()))();
    expect(asked).toBe(2);
    expect(service.log().match(/"reason":"UNAUTHENTICATED"/g)).toHaveLength(1);
  });

  test.each([0, 1, 2])('that is the same again is not tried again, nor a third one (call %i)', async (index) => {
    const good = makeToken();
    await using service = await guarded([good]);
    const { threadId, epoch } = await liveThread(service, good.text);
    const same = makeToken().text;
    let asked = 0;
    await using store = clientOf(service, () => {
      asked += 1;
      return same;
    });
    const call = calls(store, threadId, epoch)[index] ?? (() => Promise.resolve());
    expect(await failureOf(call())).toMatchObject({ reason: 'UNAUTHENTICATED', effect: 'none' });
    expect(asked).toBe(2);
    await using other = clientOf(service, () => makeToken().text);
    const again = calls(other, threadId, epoch)[index] ?? (() => Promise.resolve());
    expect(await failureOf(again())).toMatchObject({ reason: 'UNAUTHENTICATED', effect: 'none' });
    expect(service.log().match(/"reason":"UNAUTHENTICATED"/g)).toHaveLength(3);
  });

  test('that cannot be had fails the call, soon and without a word of why', async () => {
    const good = makeToken();
    await using service = await guarded([good]);
    const { threadId, epoch } = await liveThread(service, good.text);
    await using store = clientOf(service, () => Promise.reject(new Error('no SECRET')));
    for (const call of calls(store, threadId, epoch)) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ reason: 'UNAUTHENTICATED', effect: 'none', remote: false });
      expect(error.message).not.toContain('SECRET');
    }
  });

  test('that never comes does not outlast the deadline, or the signal', async () => {
    const good = makeToken();
    await using service = await guarded([good]);
    const { threadId, epoch } = await liveThread(service, good.text);
    await using store = clientOf(service, () => new Promise(() => undefined), 300);
    const [list, , append] = calls(store, threadId, epoch);
    for (const call of [list, append]) {
      expect(await failureOf(call?.() ?? Promise.resolve())).toMatchObject({
        reason: 'DEADLINE_EXCEEDED',
        effect: 'none',
      });
    }
    const signal = AbortSignal.timeout(50);
    expect(await failureOf(store.readThread({ threadId }, { signal }))).toMatchObject({ effect: 'none' });
  });

  test('of a stream is renewed when it ends in its midst, and nothing is lost', async () => {
    const [first, second] = [makeToken(), makeToken()];
    await using service = await guarded([first, second]);
    let token = first.text;
    await using store = clientOf(service, () => token);
    const { threadId, epoch } = await store.createThread({ threadId: randomUUID(), metadata });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
    token = second.text;
    service.tokens.replace([second.listed]);
    service.gate.recheck();
    await waitFor(() => service.log().includes('"rpc":"AppendStream"'));
    const appends = Array.from({ length: 20 }, (_one, index) =>
      store.appendItems({ threadId, epoch, sequence: BigInt(index + 1), items: [item] }),
    );
    expect((await Promise.all(appends)).at(-1)).toMatchObject({ lastOrdinal: 20n });
  });

  test('that only reads: an append fails at once, and so do those behind it', async () => {
    const [good, reads] = [makeToken(), makeToken({ scopes: ['read'] })];
    await using service = await guarded([good, reads]);
    const { threadId, epoch } = await liveThread(service, good.text);
    await using store = clientOf(service, reads.text);
    const appends = [1n, 2n, 3n].map((sequence) => store.appendItems({ threadId, epoch, sequence, items: [item] }));
    for (const error of await Promise.all(appends.map(failureOf))) {
      expect(error).toMatchObject({ reason: 'PERMISSION_DENIED', details: { scope: 'write' }, effect: 'none' });
    }
  });
});

test('what goes to this machine goes past the proxy of its environment', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url = '' }, socket: Duplex) => {
    asked.push(url);
    socket.destroy();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  vi.stubEnv('no_proxy', '').stubEnv('no_grpc_proxy', '');
  vi.stubEnv('grpc_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  try {
    const good = makeToken();
    await using service = await guarded([good]);
    await using store = clientOf(service, good.text, 2_000);
    await store.listThreads();
    expect(await askHealth(service.endpoint, 2_000)).toMatchObject({ status: 'SERVING' });
    expect(asked).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    proxy.close();
  }
});

describe('a store refuses', () => {
  const credentials = { token: 'ts_a_b' };
  test.each<[string, RemoteThreadStoreOptions, RegExp]>([
    [
      'to send a token where others can listen',
      { endpoint: 'threads.test:1', credentials },
      /^credentials: .*over TLS/,
    ],
    ['the same for one of several', { endpoint: '127.0.0.1:1,10.0.0.1:1', credentials }, /^credentials: /],
    ['a token that is none', { endpoint: '127.0.0.1:1', credentials: { token: 'a b' } }, /^credentials\.token: /],
    ['no token', { endpoint: '127.0.0.1:1', credentials: { token: '' } }, /^credentials\.token: /],
    ['both', { endpoint: 'https://a.test:1,http://b.test:1' }, /^endpoint: all must be encrypted/],
    ['a contradiction', { endpoint: 'https://a.test:1', tls: false }, /^tls: /],
    ['another', { endpoint: 'http://a.test:1', tls: true }, /^tls: /],
    ['half of a certificate', { endpoint: 'a.test:1', tls: { cert: 'x' } }, /^tls: cert and key go together/],
    [
      'what is no PEM',
      { endpoint: 'a.test:1', tls: { cert: 'x', key: 'SECRET' } },
      /^tls: ca, cert and key must be PEM/,
    ],
  ])('%s', (_what, options, message) => {
    expect(() => new RemoteThreadStore(options)).toThrow(TypeError);
    expect(() => new RemoteThreadStore(options)).toThrow(message);
  });

  test.each<RemoteThreadStoreOptions>([
    { endpoint: '127.0.0.1:1', credentials },
    { endpoint: 'localhost:1,[::1]:2', credentials },
    { endpoint: 'unix:/x.sock', credentials },
    { endpoint: 'https://threads.test:1', credentials },
    { endpoint: 'grpcs://threads.test:1', credentials },
    { endpoint: 'threads.test:1', tls: true, credentials },
    { endpoint: 'threads.test:1', allowPlaintext: true, credentials },
    { endpoint: 'threads.test:1' },
  ])('nothing of %j', async (options) => {
    await expect(new RemoteThreadStore(options).close()).resolves.toBeUndefined();
  });
});
