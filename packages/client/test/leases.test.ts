import { randomUUID } from 'node:crypto';
import type { RemoteThreadStore, RemoteThreadStoreOptions } from '@threadstore/client';
import {
  MemoryThreadStore,
  type LostLease,
  type RenewLeasesParams,
  type WriterGrant,
  type WriterRef,
} from '@threadstore/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { serve, type Override, type TestService } from './service.ts';
import { failure, item, rejection, signal, threadOf } from './thread-data.ts';

const leaseDurationMs = 300;

interface Kept {
  readonly service: TestService;
  readonly client: RemoteThreadStore;
  readonly lost: LostLease[];
  /** Times that the lease of a writer was renewed by itself. */
  readonly renewals: (writer: WriterRef) => number;
}

/** A client that keeps its leases, which are short. */
async function keeping(options: Partial<RemoteThreadStoreOptions> = {}, override?: Override): Promise<Kept> {
  const store = new MemoryThreadStore({ leaseDurationMs });
  const counts = new Map<string, number>();
  const renewLeases = store.renewLeases.bind(store);
  vi.spyOn(store, 'renewLeases').mockImplementation((params: RenewLeasesParams) => {
    for (const { threadId } of params.writers) counts.set(threadId, (counts.get(threadId) ?? 0) + 1);
    return renewLeases(params);
  });
  const lost: LostLease[] = [];
  const { service, client } = await serve(
    override,
    { keepLeases: true, onLeaseLost: (one) => lost.push(one), ...options },
    { store },
  );
  // Before the service is stopped.
  onTestFinished(() => client.close());
  return { service, client, lost, renewals: ({ threadId }) => counts.get(threadId) ?? 0 };
}

const materialised = (client: RemoteThreadStore): Promise<WriterGrant> => threadOf(client, [item(0)]);

describe('a lease that a store was granted', () => {
  test('is renewed while the store is open, so that nobody else gets the thread', async () => {
    const { service, client, lost, renewals } = await keeping();
    const created = await materialised(client);
    const stored = await threadOf(service.store, [item(0)]);
    await service.store.shutdownThread(stored);
    const resumed = await client.resumeThread({ threadId: stored.threadId });
    const forked = await client.forkThread({ threadId: randomUUID(), sourceThreadId: stored.threadId });
    const fewest = () => Math.min(...[created, resumed, forked].map(renewals));
    await expect.poll(fewest, { timeout: 10_000 }).toBeGreaterThan(6);
    for (const { threadId } of [created, resumed, forked]) {
      expect((await rejection(service.store.resumeThread({ threadId }))).reason).toBe('WRITER_LIVE');
    }
    expect(lost).toEqual([]);
  });

  test('is not renewed where appends do that', async () => {
    const { service, client, renewals } = await keeping();
    const [idle, busy] = [await materialised(client), await materialised(client)];
    // A machine that stands still for a third of the lease has one renewed that no append renewed in time.
    let stalls = 0;
    for (let sequence = 1n; renewals(idle) < 4; sequence += 1n) {
      const { threadId, epoch } = busy;
      const before = performance.now();
      await client.appendItems({ threadId, epoch, sequence, items: [item(1)] });
      stalls += Math.floor((performance.now() - before) / (leaseDurationMs / 4));
    }
    expect(renewals(busy)).toBeLessThanOrEqual(stalls);
    expect((await rejection(service.store.resumeThread(busy))).reason).toBe('WRITER_LIVE');
  });

  test('is let alone when the options say so', async () => {
    const { service, client, renewals, lost } = await keeping({ keepLeases: false });
    const writer = await materialised(client);
    await expect
      .poll(() =>
        service.store.resumeThread(writer).then(
          ({ epoch }) => epoch,
          () => null,
        ),
      )
      .toBe(2n);
    const append = { threadId: writer.threadId, epoch: writer.epoch, sequence: 1n, items: [item(1)] };
    expect((await rejection(client.appendItems(append))).reason).toBe('FENCED');
    await client.close();
    expect((await rejection(service.store.resumeThread(writer))).reason).toBe('WRITER_LIVE');
    expect(renewals(writer)).toBe(0);
    expect(lost).toEqual([]);
  });

  const ends: Record<string, (client: RemoteThreadStore, writer: WriterRef) => Promise<unknown>> = {
    shutdownThread: (client, writer) => client.shutdownThread(writer),
    discardThread: (client, writer) => client.discardThread(writer),
    deleteThread: (client, { threadId }) => client.deleteThread({ threadId }),
    'deleteThread with the epoch': (client, { threadId, epoch }) => client.deleteThread({ threadId, epoch }),
  };

  test.each(Object.entries(ends))('is forgotten by %s, which is no loss', async (_name, end) => {
    const { client, lost, renewals } = await keeping();
    const [ended, other] = [await materialised(client), await materialised(client)];
    await end(client, ended);
    const before = renewals(ended);
    await expect.poll(() => renewals(other), { timeout: 10_000 }).toBeGreaterThan(4);
    expect(renewals(ended)).toBe(before);
    expect(lost).toEqual([]);
  });

  test('is forgotten by archiveThread without an epoch, and kept by that with the epoch', async () => {
    const { client, lost, renewals } = await keeping({}, (handlers) => ({
      // As if the lease had lapsed when it was called.
      archiveThread: ({ threadId, epoch, ...rest }, context) =>
        handlers.archiveThread({ ...rest, threadId, epoch: epoch ?? 1n }, context),
    }));
    const [ended, kept] = [await materialised(client), await materialised(client)];
    await client.archiveThread({ threadId: ended.threadId });
    await client.archiveThread({ threadId: kept.threadId, epoch: kept.epoch });
    const before = renewals(ended);
    await expect.poll(() => renewals(kept), { timeout: 10_000 }).toBeGreaterThan(4);
    expect(renewals(ended)).toBe(before);
    expect(lost).toEqual([]);
  });

  test('is kept on when what was to end it is refused because it runs, or because nobody else knows the thread', async () => {
    const { client, lost, renewals } = await keeping();
    const writers = [await materialised(client), await threadOf(client)];
    const [stored, unmaterialised] = writers;
    if (stored === undefined || unmaterialised === undefined) throw new Error('unreachable');
    const archiving = client.archiveThread({ threadId: stored.threadId });
    expect((await rejection(archiving)).reason).toBe('WRITER_LIVE');
    const deleting = client.deleteThread({ threadId: unmaterialised.threadId });
    expect((await rejection(deleting)).reason).toBe('THREAD_NOT_FOUND');
    for (const writer of writers) {
      const before = renewals(writer);
      await expect.poll(() => renewals(writer), { timeout: 2_000 }).toBeGreaterThan(before + 2);
    }
    expect(lost).toEqual([]);
  });

  test('is the latest of a thread, in whatever order the grants come', async () => {
    const entered = signal();
    const free = signal();
    const { client, service, lost, renewals } = await keeping({}, (handlers) => ({
      resumeThread: async (request, context) => {
        const response = await handlers.resumeThread(request, context);
        if (request.holder === 'late') {
          entered.give();
          await free.given;
        }
        return response;
      },
    }));
    const { threadId } = await materialised(client);
    const early = client.resumeThread({ threadId, takeover: 'steal', holder: 'late' });
    await entered.given;
    const latest = await client.resumeThread({ threadId, takeover: 'steal' });
    free.give();
    expect((await early).epoch).toBeLessThan(latest.epoch);
    await expect.poll(() => renewals(latest), { timeout: 2_000 }).toBeGreaterThan(3);
    expect(lost).toEqual([]);
    expect((await rejection(service.store.resumeThread({ threadId }))).reason).toBe('WRITER_LIVE');
  });

  test('is kept on when what was to end it fails', async () => {
    const refuse = (): Promise<never> => Promise.reject(failure('INTERNAL'));
    const { client, renewals } = await keeping({}, () => ({ shutdownThread: refuse, deleteThread: refuse }));
    const writer = await materialised(client);
    expect((await rejection(client.shutdownThread(writer))).reason).toBe('INTERNAL');
    expect((await rejection(client.deleteThread(writer))).reason).toBe('INTERNAL');
    const before = renewals(writer);
    await expect.poll(() => renewals(writer), { timeout: 10_000 }).toBeGreaterThan(before + 2);
  });
});

describe('a lease that is lost', () => {
  test('to another writer is told once, by a renewal', async () => {
    const { service, client, lost, renewals } = await keeping();
    const [taken, other] = [await materialised(client), await materialised(client)];
    await service.store.resumeThread({ threadId: taken.threadId, takeover: 'steal' });
    await expect.poll(() => lost, { timeout: 10_000 }).toHaveLength(1);
    const { threadId, epoch } = taken;
    expect(lost[0]).toMatchObject({ threadId, epoch, error: { reason: 'FENCED', remote: true } });
    const append = { threadId, epoch, sequence: 1n, items: [item(1)] };
    expect((await rejection(client.appendItems(append))).reason).toBe('FENCED');
    const before = renewals(taken);
    await expect.poll(() => renewals(other), { timeout: 10_000 }).toBeGreaterThan(4);
    expect(renewals(taken)).toBe(before);
    expect(lost).toHaveLength(1);
  });

  const losses: Record<string, [string, (service: TestService, writer: WriterRef) => Promise<unknown>]> = {
    FENCED: ['a takeover', ({ store }, { threadId }) => store.resumeThread({ threadId, takeover: 'steal' })],
    WRITER_RELEASED: ['a release', ({ store }, writer) => store.shutdownThread(writer)],
    THREAD_DELETED: ['a deletion', ({ store }, { threadId }) => store.deleteThread({ threadId })],
  };

  test.each(Object.entries(losses))('%s is told once, by an append', async (reason, [, lose]) => {
    // Leases long enough for no renewal to come first.
    const lost: LostLease[] = [];
    const { service, client } = await serve(undefined, { keepLeases: true, onLeaseLost: (one) => lost.push(one) });
    const writer = await materialised(client);
    const { threadId, epoch } = writer;
    await lose(service, writer);
    const append = (sequence: bigint) => client.appendItems({ threadId, epoch, sequence, items: [item(1)] });
    const errors = await Promise.all([1n, 2n, 3n].map((sequence) => rejection(append(sequence))));
    expect(errors.map((error) => error.reason)).toEqual([reason, reason, reason]);
    expect((await rejection(client.flushThread(writer))).reason).toBe(reason);
    expect(lost).toMatchObject([{ threadId, epoch, error: { reason } }]);
  });

  test('is told by flushThread and by renewLeases, too', async () => {
    const lost: LostLease[] = [];
    const { service, client } = await serve(undefined, { keepLeases: true, onLeaseLost: (one) => lost.push(one) });
    const [one, two] = [await materialised(client), await materialised(client)];
    for (const { threadId } of [one, two]) await service.store.resumeThread({ threadId, takeover: 'steal' });
    expect((await rejection(client.flushThread(one))).reason).toBe('FENCED');
    expect(lost.map(({ threadId }) => threadId)).toEqual([one.threadId]);
    const { lost: told } = await client.renewLeases({ writers: [one, two] });
    expect(told.map(({ threadId }) => threadId).toSorted()).toEqual([one.threadId, two.threadId].toSorted());
    expect(lost.map(({ threadId }) => threadId)).toEqual([one.threadId, two.threadId]);
  });

  test('to a later grant of the same store is none', async () => {
    const { client, lost, renewals } = await keeping();
    const writer = await materialised(client);
    const again = await client.resumeThread({ threadId: writer.threadId, takeover: 'steal' });
    const append = { threadId: writer.threadId, epoch: writer.epoch, sequence: 1n, items: [item(1)] };
    expect((await rejection(client.appendItems(append))).reason).toBe('FENCED');
    await expect.poll(() => renewals(again), { timeout: 10_000 }).toBeGreaterThan(2);
    expect(lost).toEqual([]);
  });
});

describe('renewLeases', () => {
  test('renews many and tells the lost ones', async () => {
    const { service, client } = await serve();
    const writers = await Promise.all(Array.from({ length: 5 }, () => threadOf(client)));
    const stranger = { threadId: randomUUID(), epoch: 3n };
    const result = await client.renewLeases({ writers: [...writers, stranger] });
    expect(result.lost).toMatchObject([{ ...stranger, error: { reason: 'THREAD_NOT_FOUND', remote: true } }]);
    expect(await client.renewLeases({ writers: [] })).toEqual({ lost: [] });
    const wrong = client.renewLeases({ writers: [{ threadId: 'x', epoch: 1n }] });
    expect((await rejection(wrong)).details['field']).toBe('writers[0].threadId');
    const many = client.renewLeases({ writers: Array.from({ length: 1_001 }, () => stranger) });
    expect(await rejection(many)).toMatchObject({ reason: 'LIMIT_EXCEEDED', remote: true });
    service.stop();
    await service.start();
    expect(await client.renewLeases({ writers })).toEqual({ lost: [] });
  });
});

describe('resumeThread with wait', () => {
  test('gets the thread when it is released, and gives up at the end of the wait', async () => {
    let attempts = 0;
    const { service, client } = await serve((handlers) => ({
      resumeThread: (request, context) => {
        attempts += 1;
        return handlers.resumeThread(request, context);
      },
    }));
    const holder = await threadOf(service.store, [item(0)]);
    const { threadId } = holder;
    const refused = client.resumeThread({ threadId, takeover: 'wait', waitMs: 50 });
    expect((await rejection(refused)).reason).toBe('WRITER_LIVE');
    attempts = 0;
    const waiting = client.resumeThread({ threadId, takeover: 'wait', waitMs: 20_000 });
    await expect.poll(() => attempts).toBeGreaterThan(1);
    await service.store.shutdownThread(holder);
    expect(await waiting).toMatchObject({ threadId, epoch: 2n });
  });

  test('may wait longer than a deadline, ends by its signal, and by close', async () => {
    let attempts = 0;
    const { service, client } = await serve(
      (handlers) => ({
        resumeThread: (request, context) => {
          attempts += 1;
          return handlers.resumeThread(request, context);
        },
      }),
      { deadlineMs: 300 },
    );
    const { threadId } = await threadOf(service.store, [item(0)]);
    const waiting = rejection(client.resumeThread({ threadId, takeover: 'wait', waitMs: 20_000 }));
    const controller = new AbortController();
    const cancelled = rejection(client.resumeThread({ threadId, takeover: 'wait' }, { signal: controller.signal }));
    // Half a second lies between two attempts of each.
    await expect.poll(() => attempts, { timeout: 10_000 }).toBe(6);
    await client.listThreads();
    controller.abort();
    expect(await cancelled).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    const closing = client.close();
    expect((await waiting).reason).toBe('STORE_CLOSED');
    await closing;
  });
});

describe('close', () => {
  test('releases what is kept, after the appends under way', async () => {
    const entered = signal();
    const free = signal();
    const { service, client } = await keeping({}, (handlers) => ({
      appendItems: async (request, context) => {
        if (request.sequence === 1n) {
          entered.give();
          await free.given;
        }
        return await handlers.appendItems(request, context);
      },
    }));
    const writers = [await materialised(client), await materialised(client), await materialised(client)];
    const unmaterialised = await threadOf(client);
    const [first] = writers;
    if (first === undefined) throw new Error('unreachable');
    const { threadId, epoch } = first;
    const append = client.appendItems({ threadId, epoch, sequence: 1n, items: [item(1)] });
    await entered.given;
    let closed = false;
    const closing = client.close().then(() => {
      closed = true;
    });
    expect((await rejection(client.flushThread(first))).reason).toBe('STORE_CLOSED');
    expect((await service.store.readThread({ threadId })).lease).not.toBeNull();
    expect(closed).toBe(false);
    free.give();
    expect(await append).toMatchObject({ firstOrdinal: 1n });
    await closing;
    for (const writer of writers) {
      expect(await service.store.readThread(writer)).toMatchObject({ lease: null });
      expect(await service.store.resumeThread(writer)).toMatchObject({ epoch: 2n });
    }
    expect(await service.store.createThread(unmaterialised)).toMatchObject({ epoch: 2n });
  });

  test('ends the stream in order, and does not mind a service that is gone', async () => {
    const ended: boolean[] = [];
    const { service, client } = await keeping({}, (handlers) => ({
      async *appendStream(requests, context) {
        yield* handlers.appendStream(requests, context);
        ended.push(context.signal.aborted);
      },
    }));
    await materialised(client);
    await client.close();
    await expect.poll(() => ended).toEqual([false]);
    const other = service.client({ keepLeases: true });
    const writer = await materialised(other);
    service.stop();
    await other.close();
    expect((await service.store.readThread(writer)).lease).not.toBeNull();
  });
});
