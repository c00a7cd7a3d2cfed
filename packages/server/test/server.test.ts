import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore } from '@threadstore/client';
import { MemoryThreadStore, ThreadStoreError } from '@threadstore/core';
import { frame, ownPath, RawClient, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { askHealth } from '../src/rpc/health-client.ts';
import { createThreadStoreServer } from '../src/server.ts';
import { ListenError } from '../src/service-host.ts';
import { threadStoreVersion } from '../src/version.ts';
import { healthMethod } from './support/health.ts';
import { served } from './support/served.ts';
import { requestBytes, WireClient } from './support/wire.ts';

const serviceName = 'threadstore.v1.ThreadStoreService';
const item = '{"type":"note","payload":"kept"}';

describe('listening', () => {
  test('an address that is taken is refused with the system code', async () => {
    await using first = await served();
    const second = createThreadStoreServer({ store: new MemoryThreadStore() });
    const refused = await second.listen(first.endpoint).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ListenError);
    expect(refused).toMatchObject({ code: 'EADDRINUSE', message: `can't listen on ${first.endpoint} (EADDRINUSE)` });
  });

  test('health is NOT_SERVING before it listens, and unknown for other services', async () => {
    await using one = await served();
    expect(await one.health('')).toBe('SERVING');
    expect(await one.health(serviceName)).toBe('SERVING');
    await expect(one.health('other.Service')).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
    expect(await askHealth(one.endpoint, 5_000)).toEqual({ status: 'SERVING', version: threadStoreVersion });
  });

  test('reflection describes the service, unless it is turned off', async () => {
    await using on = await served();
    await using off = await served({ reflection: false });
    const listServices = frame(Buffer.from([0x3a, 0]));
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const [described, refused] = await Promise.all(
      [on, off].map(async ({ endpoint }) => {
        using client = new RawClient(endpoint);
        const answer = await client.call(path, listServices);
        return answer;
      }),
    );
    expect(described?.code).toBe(grpc.status.OK);
    expect(described?.body.toString('latin1')).toContain(serviceName);
    expect(refused?.code).toBe(grpc.status.UNIMPLEMENTED);
  });
});

describe('calls', () => {
  test('each response says the version and a request id, failed ones too', async () => {
    await using one = await served({ version: '9.8.7' });
    using client = new RawClient(one.endpoint);
    const answers = [
      await client.call('/grpc.health.v1.Health/Check'),
      await client.call('ListThreads'),
      await client.call('ReadThread'),
    ];
    expect(answers.map(({ code }) => code)).toEqual([0, 0, grpc.status.INVALID_ARGUMENT]);
    for (const { headers } of answers) {
      expect(headers['threadstore-version']).toBe('9.8.7');
      expect(headers['threadstore-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a fault of the store is INTERNAL, and told by its request id alone; its kind is logged, its message is not', async () => {
    const store = new MemoryThreadStore();
    store.listThreads = async () => {
      throw Object.assign(new Error('the secret\n    at the heart'), {
        code: '22P05',
        cause: new TypeError('secret, too'),
      });
    };
    await using one = await served({ store });
    await using remote = new RemoteThreadStore({ endpoint: one.endpoint });
    const failure = await remote.listThreads().catch((error: unknown) => error);
    const line = one.logged.at(-1);
    const requestId = String(line?.fields['requestId']);
    expect(failure).toMatchObject({ code: 'internal', effect: 'none', details: { requestId } });
    expect((failure as ThreadStoreError).message).toContain(requestId);
    expect(line).toMatchObject({
      level: 'error',
      fields: {
        rpc: 'ListThreads',
        code: 'INTERNAL',
        reason: 'INTERNAL',
        error: { name: 'Error', code: '22P05', cause: { name: 'TypeError' } },
      },
    });
    expect(JSON.stringify([failure, one.logged])).not.toMatch(/secret|heart/);
  });

  test('the log tells each call, and nothing of what was said', async () => {
    await using one = await served();
    await using remote = new RemoteThreadStore({ endpoint: one.endpoint, holder: 'canary-holder' });
    const threadId = 'A1B2C3D4-0000-4000-8000-000000000001';
    const secret = 'canary';
    const metadata = {
      name: secret,
      title: secret,
      preview: secret,
      cwd: `/${secret}`,
      source: secret,
      gitInfo: { branch: secret },
    };
    const { epoch } = await remote.createThread({ threadId, metadata });
    const items = [`{"type":"${secret}","payload":"${secret}"}`];
    using wire = new WireClient(one.endpoint);
    const append = { threadId, epoch, items: items.map((text) => Buffer.from(text)) };
    await wire.call('AppendItems', requestBytes('AppendItems', append));
    await remote.listThreads({ searchTerm: secret, cwdFilters: [secret], modelProviders: [secret] });
    await remote.updateThreadMetadata({ threadId, patch: { firstUserMessage: secret } });
    await remote.loadHistory({ threadId });
    await remote.readThread({ threadId: '00000000-0000-4000-8000-00000000000f' }).catch(() => undefined);
    await remote.listThreads({ cursor: secret }).catch(() => undefined);
    await remote.createThread({ threadId, holder: secret }).catch(() => undefined);
    await remote.listTurns({ threadId });
    await remote.listItems({ threadId, turnId: secret });
    await remote.listItems({ threadId });
    await remote.searchThreads({ searchTerm: secret });
    const wrong = { ...append, sequence: 1n, items: [Buffer.from(`{${secret}`)] };
    await wire.call('AppendItems', requestBytes('AppendItems', wrong));
    using client = new RawClient(one.endpoint);
    const hostile = Buffer.from(`\x0a\x06${secret}`, 'latin1');
    await client.call('ReadThread', frame(hostile), { [secret]: secret });
    const facts = one.logged.map(({ fields: { requestId: _id, ms, ...rest } }) => ({ ...rest, ms: typeof ms }));
    const known = { threadId: threadId.toLowerCase(), ms: 'number' };
    expect(facts).toEqual([
      { rpc: 'CreateThread', code: 'OK', ...known },
      { rpc: 'AppendItems', code: 'OK', ...known, items: 1, bytes: Buffer.byteLength(items[0] ?? '') },
      { rpc: 'ListThreads', code: 'OK', ms: 'number', threads: 0 },
      { rpc: 'UpdateThreadMetadata', code: 'OK', ...known },
      { rpc: 'ReadHistory', code: 'OK', ...known, items: 1, bytes: Buffer.byteLength(items[0] ?? '') },
      {
        rpc: 'ReadThread',
        code: 'NOT_FOUND',
        reason: 'THREAD_NOT_FOUND',
        ms: 'number',
        threadId: '00000000-0000-4000-8000-00000000000f',
      },
      { rpc: 'ListThreads', code: 'INVALID_ARGUMENT', reason: 'INVALID_CURSOR', ms: 'number' },
      { rpc: 'CreateThread', code: 'ALREADY_EXISTS', reason: 'THREAD_EXISTS', ...known },
      { rpc: 'ListTurns', code: 'OK', ...known, turns: 0, items: 0, bytes: 0 },
      { rpc: 'ListItems', code: 'OK', ...known, items: 0, bytes: 0 },
      { rpc: 'ListItems', code: 'OK', ...known, items: 1, bytes: Buffer.byteLength(items[0] ?? '') },
      { rpc: 'SearchThreads', code: 'OK', ms: 'number', threads: 0 },
      { rpc: 'AppendItems', code: 'INVALID_ARGUMENT', reason: 'ITEM_NOT_JSON', ...known, items: 1, bytes: 7 },
      { rpc: 'ReadThread', code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD', ms: 'number' },
    ]);
    expect(JSON.stringify(one.logged)).not.toContain(secret);
  });

  test("a caller without a label holds its lease under its address, not the service's name", async () => {
    await using one = await served();
    using client = new RawClient(one.endpoint);
    const threadId = '00000000-0000-4000-8000-000000000001';
    const body = frame(Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(threadId)]));
    await client.call('CreateThread', body);
    const holder = `client at 127.0.0.1:${client.session.socket.localPort}`;
    const refusal = await one.store.createThread({ threadId }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: 'THREAD_EXISTS' });
    await one.store.persistThread({ threadId, epoch: 1n });
    expect((await one.store.readThread({ threadId })).lease?.holder).toBe(holder);
  });

  test('a caller that goes away ends the wait of the store, and the iteration of a history', async () => {
    const store = new MemoryThreadStore();
    const gone: string[] = [];
    store.listThreads = (_params, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          gone.push('list');
          reject(new ThreadStoreError({ reason: 'CANCELLED', message: 'cancelled' }));
        });
      });
    store.streamHistory = async function* () {
      try {
        for (let ordinal = 0n; ; ordinal += 1n)
          yield { firstOrdinal: ordinal, items: [`{"type":"${'x'.repeat(200_000)}"}`], untilOrdinal: 1_000_000n };
      } finally {
        gone.push('history');
      }
    };
    await using one = await served({ store });
    await using remote = new RemoteThreadStore({ endpoint: one.endpoint });
    const threadId = '00000000-0000-4000-8000-000000000002';
    await store.createThread({ threadId });
    await store.persistThread({ threadId, epoch: 1n });
    const stop = new AbortController();
    const listing = remote.listThreads({}, { signal: stop.signal }).catch((error: unknown) => error);
    await waitFor(() => one.logged.length === 0, { what: 'the call to be under way' });
    for await (const _batch of remote.streamHistory({ threadId, untilOrdinal: 1_000_000n })) break;
    await waitFor(() => gone.includes('history'), { what: 'the history to be left' });
    stop.abort();
    expect(await listing).toMatchObject({ code: 'cancelled' });
    await waitFor(() => gone.includes('list'), { what: 'the list to be left' });
  });

  test('a history waits for its reader: the store is not read ahead of what is being sent', async () => {
    const store = new MemoryThreadStore();
    let made = 0;
    store.streamHistory = async function* () {
      while (made < 200) {
        made += 1;
        yield { firstOrdinal: BigInt(made - 1), items: [`{"type":"${'x'.repeat(256 * 1024)}"}`], untilOrdinal: 200n };
      }
    };
    await using one = await served({ store });
    const threadId = '00000000-0000-4000-8000-000000000003';
    await store.createThread({ threadId });
    await store.persistThread({ threadId, epoch: 1n });
    using client = new RawClient(one.endpoint);
    const stream = client.begin('ReadHistory');
    stream.end(frame(Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(threadId)])));
    // Nothing is read from the stream, so only the window of 64 KiB is taken.
    await waitFor(() => made > 0, { what: 'the first batch' });
    await new Promise((resolve) => {
      client.session.ping(resolve);
    });
    expect(made).toBe(1);
  });
});

describe('drain', () => {
  test('calls under way finish, new connections are refused, health says NOT_SERVING', async () => {
    const store = new MemoryThreadStore();
    const threadId = '00000000-0000-4000-8000-000000000004';
    const append = store.appendItems.bind(store);
    let release: (() => void) | undefined;
    store.appendItems = async (params, options) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return append(params, options);
    };
    await using one = await served({ store, drainTimeoutMs: 30_000 });
    const { epoch } = await store.createThread({ threadId });
    await using remote = new RemoteThreadStore({ endpoint: one.endpoint });
    const appended = remote.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
    await waitFor(() => release, { what: 'the append to be under way' });
    const watcher = new grpc.Client(one.endpoint, grpc.credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = healthMethod('Watch');
    const seen: string[] = [];
    const watch = watcher.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
      service: serviceName,
    });
    const watchEnd = new Promise<grpc.StatusObject>((resolve) => {
      watch.on('status', resolve);
    });
    watch.on('data', (message: { status: string }) => seen.push(message.status)).on('error', () => undefined);
    await waitFor(() => seen.length === 1, { what: 'the first status' });

    const drained = one.drain();
    expect(await watchEnd).toMatchObject({ code: grpc.status.UNAVAILABLE });
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await askHealth(one.endpoint, 1_000)).toMatchObject({ status: 'UNREACHABLE' });
    release?.();
    expect(await appended).toMatchObject({ firstOrdinal: 0n });
    await drained;
    watcher.close();
    expect((await store.loadHistory({ threadId })).items).toEqual([item]);
  });

  test('what takes longer than the bound is cut off', async () => {
    const store = new MemoryThreadStore();
    let cancelled = false;
    store.listThreads = (_params, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          cancelled = true;
          reject(new ThreadStoreError({ reason: 'CANCELLED', message: 'cancelled' }));
        });
      });
    await using one = await served({ store, drainTimeoutMs: 50 });
    const client = new grpc.Client(one.endpoint, grpc.credentials.createInsecure());
    const bytes = (message: Buffer): Buffer => message;
    const ended = new Promise<grpc.ServiceError | null>((resolve) => {
      client.makeUnaryRequest(`${ownPath}/ListThreads`, bytes, bytes, Buffer.alloc(0), resolve);
    });
    await one.health('');
    const startedAt = performance.now();
    await one.drain();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
    expect(await ended).not.toBeNull();
    await waitFor(() => cancelled, { what: 'the store to be told' });
    client.close();
  });
});
