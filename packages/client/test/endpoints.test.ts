import dns from 'node:dns';
import type { lookup } from 'node:dns/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { MemoryThreadStore } from '@threadstore/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TestService } from './service.ts';
import { item, rejection, threadOf } from './thread-data.ts';

interface Replica {
  readonly service: TestService;
  /** Methods of the calls it got. */
  readonly calls: string[];
}

/** Services over one storage. */
async function replicas(count: number): Promise<Replica[]> {
  const store = new MemoryThreadStore();
  const all: Replica[] = [];
  for (let index = 0; index < count; index += 1) {
    const calls: string[] = [];
    const service = new TestService(
      (handlers) => ({
        listThreads: (request, context) => {
          calls.push('listThreads');
          return handlers.listThreads(request, context);
        },
        appendStream: (requests, context) => {
          calls.push('appendStream');
          return handlers.appendStream(requests, context);
        },
      }),
      { store },
    );
    await service.start();
    onTestFinished(() => service.stop());
    all.push({ service, calls });
  }
  return all;
}

function clientOf(endpoint: string | readonly string[], deadlineMs = 10_000): RemoteThreadStore {
  const client = new RemoteThreadStore({ endpoint, deadlineMs, keepLeases: false });
  onTestFinished(() => client.close());
  return client;
}

/** Makes calls until every replica has got one. */
async function reached(client: RemoteThreadStore, all: readonly Replica[]): Promise<boolean> {
  const isReached = async (): Promise<boolean> => {
    await client.listThreads();
    return all.every(({ calls }) => calls.includes('listThreads'));
  };
  return await vi.waitUntil(isReached, { timeout: 10_000 });
}

describe('several endpoints', () => {
  test.each(['an array', 'a text with commas'])('given as %s: all get calls', async (how) => {
    const all = await replicas(3);
    const endpoints = all.map(({ service }) => service.endpoint);
    const client = clientOf(how === 'an array' ? endpoints : endpoints.join(', '));
    expect(await reached(client, all)).toBe(true);
  });

  test('calls and appends go on when the one that has the stream dies, and each item is stored once', async () => {
    const all = await replicas(2);
    const client = clientOf(all.map(({ service }) => service.endpoint));
    const writers = await Promise.all(Array.from({ length: 4 }, () => threadOf(client)));
    let appended = 0;
    let goOn = true;
    const appending = writers.map(async ({ threadId, epoch }) => {
      let sequence = 0n;
      for (; goOn; sequence += 1n) {
        await client.appendItems({ threadId, epoch, sequence, items: [item(`${sequence}`)] });
        appended += 1;
      }
      return sequence;
    });
    await expect.poll(() => appended).toBeGreaterThan(100);
    const [first, second] = all.toSorted(
      (a, b) => Number(b.calls.includes('appendStream')) - Number(a.calls.includes('appendStream')),
    );
    if (first === undefined || second === undefined) throw new Error('unreachable');
    expect([first.calls.includes('appendStream'), second.calls.includes('appendStream')]).toEqual([true, false]);
    first.service.stop();
    const before = appended;
    await expect.poll(() => appended).toBeGreaterThan(before + 100);
    expect(second.calls).toContain('appendStream');
    for (let index = 0; index < 5; index += 1) await client.listThreads();
    // And back again.
    await first.service.start();
    first.calls.length = 0;
    expect(await reached(client, [first])).toBe(true);
    second.service.stop();
    const between = appended;
    await expect.poll(() => appended).toBeGreaterThan(between + 100);
    goOn = false;
    const counts = await Promise.all(appending);
    for (const [index, { threadId }] of writers.entries()) {
      const { items } = await first.service.store.loadHistory({ threadId });
      expect(items).toEqual(Array.from({ length: Number(counts[index]) }, (_, at) => item(`${at}`)));
    }
  });

  test('a replica that drains ends its stream, and the appends go to the other', async () => {
    const all = await replicas(2);
    const ends = Promise.withResolvers<void>();
    const draining = new TestService(
      (handlers) => ({
        async *appendStream(requests, context) {
          const answers = handlers.appendStream(requests, context)[Symbol.asyncIterator]();
          for (;;) {
            const next = await Promise.race([answers.next(), ends.promise]);
            if (next === undefined || next.done === true) return;
            yield next.value;
          }
        },
      }),
      { store: all[0]?.service.store ?? new MemoryThreadStore() },
    );
    await draining.start();
    onTestFinished(() => draining.stop());
    const other = all[1];
    if (other === undefined) throw new Error('unreachable');
    const client = clientOf(draining.endpoint);
    const writer = await threadOf(client, [item(0)]);
    const both = clientOf([draining.endpoint, other.service.endpoint]);
    expect(await reached(both, [other])).toBe(true);
    const { threadId, epoch } = writer;
    const drained = draining.drain();
    ends.resolve();
    for (let sequence = 1n; sequence < 20n; sequence += 1n) {
      await both.appendItems({ threadId, epoch, sequence, items: [item(1)] });
    }
    await client.close();
    await drained;
    expect(other.calls).toContain('appendStream');
  });

  test('one that nobody listens on does not matter', async () => {
    const [live, dead] = await replicas(2);
    if (live === undefined || dead === undefined) throw new Error('unreachable');
    dead.service.stop();
    for (const nobody of [dead.service.endpoint, 'unix:/nowhere/threadstore.sock']) {
      const client = clientOf([nobody, live.service.endpoint]);
      const writer = await threadOf(client, [item(0), item(1)]);
      expect((await client.loadHistory(writer)).items).toHaveLength(2);
    }
  });
});

describe('a name with several addresses', () => {
  test('all of them get calls', async () => {
    const all = await replicas(2);
    // Replicas have one port and different addresses, as behind a name in DNS; 127.0.0.0/8 is all this host.
    const [first, second] = all;
    if (first === undefined || second === undefined) throw new Error('unreachable');
    await second.service.moveTo('127.0.0.2', first.service.port);
    vi.spyOn(dns.promises, 'lookup').mockImplementation((async (name: string) => {
      if (name !== 'threads.test') throw new Error('no such name');
      return await Promise.resolve([
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    }) as unknown as typeof lookup);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await reached(clientOf(`threads.test:${first.service.port}`), all)).toBe(true);
    for (const replica of all) replica.calls.length = 0;
    // In a list, too, where another name is not known.
    expect(await reached(clientOf(`nowhere.test:1,threads.test:${first.service.port}`), all)).toBe(true);
  });

  test('without any is unreachable, without effect', async () => {
    vi.spyOn(dns.promises, 'lookup').mockRejectedValue(new Error('no such name'));
    onTestFinished(() => void vi.restoreAllMocks());
    const client = clientOf('one.test:1,two.test:1', 1_000);
    expect(await rejection(client.listThreads())).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none' });
    const append = { threadId: '018f3f2e-0000-7000-8000-000000000001', epoch: 1n, sequence: 0n, items: [item(1)] };
    expect(await rejection(client.appendItems(append))).toMatchObject({
      reason: 'BACKEND_UNAVAILABLE',
      effect: 'none',
    });
  });
});
