import { describe, expect, test } from 'vitest';
import { MemoryThreadStore } from '../src/index.ts';
import { rejection } from './failure.ts';
import { Clock, item, newId, threadWithItem } from './memory-fixture.ts';

describe('time', () => {
  test('a lease runs for its duration, renewed by writes, and then anybody may resume', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadId = newId();
    const { lease } = await store.createThread({ threadId, holder: 'me' });
    const start = clock.now();
    expect(lease).toEqual({ holder: 'me', since: start, until: new Date(start.getTime() + 1_000) });

    clock.pass(900);
    await store.appendItems({ threadId, epoch: 1n, sequence: 0n, items: [item] });
    clock.pass(900);
    await store.flushThread({ threadId, epoch: 1n });
    clock.pass(999);
    expect(await rejection(store.resumeThread({ threadId }))).toMatchObject({
      reason: 'WRITER_LIVE',
      retryAfterMs: 1,
      details: { holder: 'me', actual: '1', leaseUntil: new Date(start.getTime() + 2_800).toISOString() },
    });
    clock.pass(1);
    // Lapsed: its writer may go on as long as nobody resumes.
    expect((await store.readThread({ threadId })).lease?.until).toEqual(clock.now());
    await store.persistThread({ threadId, epoch: 1n });
    clock.pass(1_000);
    expect((await store.resumeThread({ threadId })).epoch).toBe(2n);
    expect((await store.readThread({ threadId })).lease?.since).toEqual(clock.now());
  });

  test('a renewal of leases lengthens each of them, a lapsed one too', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadIds = [await threadWithItem(store), await threadWithItem(store)];
    const writers = threadIds.map((threadId) => ({ threadId, epoch: 1n }));
    for (const ms of [900, 1_500]) {
      clock.pass(ms);
      expect(await store.renewLeases({ writers })).toEqual({ lost: [] });
      for (const threadId of threadIds) {
        const { lease } = await store.readThread({ threadId });
        expect(lease?.until).toEqual(new Date(clock.now().getTime() + 1_000));
      }
    }
  });

  test('an external append renews nothing', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadId = await threadWithItem(store);
    const before = await store.readThread({ threadId });
    clock.pass(500);
    await store.appendItems({ threadId, external: true, operationId: 'x', items: [item] });
    expect(await store.readThread({ threadId })).toEqual({ ...before, nextOrdinal: 2n });
  });

  test('who waits gets the thread when the lease lapses by the clock of the store', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 60_000 });
    const threadId = await threadWithItem(store);
    const waiting = store.resumeThread({ threadId, takeover: 'wait', waitMs: 60_000 });
    clock.pass(59_999);
    expect((await rejection(store.resumeThread({ threadId, takeover: 'wait', waitMs: 0 }))).reason).toBe('WRITER_LIVE');
    clock.pass(1);
    const { epoch, lease } = await waiting;
    expect([epoch, lease.since]).toEqual([2n, clock.now()]);
  });

  test('a duplicate renews nothing', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadId = await threadWithItem(store);
    const before = await store.readThread({ threadId });
    clock.pass(500);
    const again = { threadId, epoch: 1n, sequence: 0n, items: [item], metadata: { name: 'x' } };
    expect((await store.appendItems(again)).duplicate).toBe(true);
    expect(await store.readThread({ threadId })).toEqual(before);
  });

  test('an unmaterialised thread is free again when its lease has lapsed', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadId = newId();
    await store.createThread({ threadId, metadata: { name: 'first' } });
    expect((await rejection(store.createThread({ threadId }))).reason).toBe('THREAD_EXISTS');
    clock.pass(1_000);
    const { epoch } = await store.createThread({ threadId });
    expect(epoch).toBe(2n);
    await store.persistThread({ threadId, epoch });
    expect(await store.readThread({ threadId })).toMatchObject({ name: null, createdAt: clock.now() });
    clock.pass(1_000);
    expect((await rejection(store.createThread({ threadId }))).reason).toBe('THREAD_EXISTS');
  });

  test('the times of a thread are those of the clock', async () => {
    const clock = new Clock();
    const store = new MemoryThreadStore({ now: clock.now, leaseDurationMs: 1_000 });
    const threadId = await threadWithItem(store);
    const created = clock.now();
    clock.pass(5_000);
    await store.updateThreadMetadata({ threadId, patch: { name: 'n', advanceRecencyAt: new Date(0) } });
    await store.archiveThread({ threadId });
    const archived = clock.now();
    clock.pass(5_000);
    await store.archiveThread({ threadId });
    expect(await store.readThread({ threadId, includeArchived: true })).toMatchObject({
      createdAt: created,
      updatedAt: created,
      recencyAt: created,
      archivedAt: archived,
    });
    expect(await store.unarchiveThread({ threadId })).toMatchObject({ updatedAt: clock.now(), archivedAt: null });
  });

  test('a creator who knows better sets all three', async () => {
    const store = new MemoryThreadStore();
    const threadId = newId();
    const metadata = { createdAt: new Date(1), updatedAt: new Date(2), advanceRecencyAt: new Date(3) };
    await store.createThread({ threadId, metadata });
    await store.persistThread({ threadId, epoch: 1n });
    expect(await store.readThread({ threadId })).toMatchObject({
      createdAt: new Date(1),
      updatedAt: new Date(2),
      recencyAt: new Date(3),
    });
  });
});
