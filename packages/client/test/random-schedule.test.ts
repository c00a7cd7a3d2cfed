import { setImmediate as turn } from 'node:timers/promises';
import type { RemoteThreadStore } from '@threadstore/client';
import {
  MemoryThreadStore,
  ThreadStoreError,
  type AppendItemsParams,
  type AppendResult,
  type ThreadId,
  type ThreadStore,
  type WriterGrant,
} from '@threadstore/core';
import type { ThreadStoreHandlers } from '@threadstore/protocol';
import { assert, expect, test } from 'vitest';
import { appendStreamBy } from './append-handler.ts';
import { serve, type Override } from './service.ts';
import { failure, item, threadOf } from './thread-data.ts';

/** Numbers from 0 up to 1 that follow from the seed (mulberry32). */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  async wait(turnsMax: number): Promise<void> {
    for (let turns = this.below(turnsMax + 1); turns > 0; turns -= 1) await turn();
  }
}

/** What may go wrong; nothing more once `areOver`. */
class Faults {
  readonly #chance: Chance;
  areOver = false;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  of(store: ThreadStore): Override {
    return ({ appendItems }) => ({
      appendStream: this.#appendStream(appendStreamBy(this.#appendItems(appendItems), store)),
    });
  }

  is(probability: number): boolean {
    return !this.areOver && this.#chance.is(probability);
  }

  #passing(): ThreadStoreError {
    const retryAfterMs = 1 + this.#chance.below(8);
    return this.#chance.is(0.5)
      ? failure('BACKEND_UNAVAILABLE', 'none', retryAfterMs)
      : failure('OUTCOME_UNKNOWN', 'unknown', retryAfterMs);
  }

  /** Refused before it is stored, or refused after, or late. */
  #appendItems(next: ThreadStoreHandlers['appendItems']): ThreadStoreHandlers['appendItems'] {
    return async (request, context) => {
      // Those behind it come first then.
      if (this.is(0.02)) await this.#chance.wait(20);
      if (this.is(0.05)) throw this.#passing();
      const stored = await next(request, context);
      if (this.is(0.05)) throw failure('OUTCOME_UNKNOWN', 'unknown', 5);
      if (this.is(0.1)) await this.#chance.wait(20);
      // For ever: only its deadline, or the end of the stream, settles it.
      if (this.is(0.002)) await new Promise(() => undefined);
      return stored;
    };
  }

  /** Ends, or breaks, before anything is read, or before an answer is sent, which is then lost. */
  #appendStream(next: ThreadStoreHandlers['appendStream']): ThreadStoreHandlers['appendStream'] {
    // oxlint-disable-next-line typescript/no-this-alias
    const faults = this;
    return async function* (requests, context) {
      if (faults.is(0.1)) return;
      if (faults.is(0.1)) throw faults.#passing();
      for await (const answer of next(requests, context)) {
        if (faults.is(0.01)) return;
        if (faults.is(0.01)) throw faults.is(0.3) ? failure('INTERNAL', 'unknown') : faults.#passing();
        yield answer;
      }
    };
  }
}

interface Append {
  readonly threadId: ThreadId;
  readonly items: readonly string[];
  outcome: AppendResult | ThreadStoreError | undefined;
}

/** What was called, in order, and how it ended. */
class Calls {
  readonly #client: RemoteThreadStore;
  readonly #chance: Chance;
  readonly appends: Append[] = [];
  readonly #settled: Promise<unknown>[] = [];

  constructor(client: RemoteThreadStore, chance: Chance) {
    this.#client = client;
    this.#chance = chance;
  }

  append(params: AppendItemsParams): void {
    const call: Append = { threadId: params.threadId, items: params.items, outcome: undefined };
    this.appends.push(call);
    // The batches behind one of a writer that is abandoned before it is stored are all refused.
    const options = this.#chance.is(params.external === true ? 0.2 : 0.02) ? { signal: this.#abortedLater() } : {};
    this.#settled.push(
      this.#client.appendItems(params, options).then(
        (result) => {
          call.outcome = result;
        },
        (error: unknown) => {
          if (!(error instanceof ThreadStoreError)) throw error;
          call.outcome = error;
        },
      ),
    );
  }

  /** Whatever it ends with, the appends before it have ended then. */
  flush(threadId: ThreadId, epoch: bigint): void {
    const before = this.appends.filter((call) => call.threadId === threadId);
    const checkSettled = (): void => {
      expect(before.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    };
    this.#settled.push(this.#client.flushThread({ threadId, epoch }).then(checkSettled, checkSettled));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#settled);
  }

  #abortedLater(): AbortSignal {
    const controller = new AbortController();
    void this.#chance.wait(50).then(() => controller.abort());
    return controller.signal;
  }
}

/** Everything that a thread's writer and others do to it, without waiting. */
async function schedule(
  { threadId, epoch }: WriterGrant,
  store: ThreadStore,
  calls: Calls,
  chance: Chance,
): Promise<void> {
  const ofWriter = (sequence: number, items: readonly string[]): void =>
    calls.append({ threadId, epoch, sequence: BigInt(sequence), items });
  const rounds = 60;
  const endsAt = chance.is(0.3) ? chance.below(rounds) : rounds;
  for (let sequence = 1; sequence < rounds; sequence += 1) {
    const items = Array.from({ length: 1 + chance.below(3) }, (_, index) => item(`${sequence}.${index}`));
    ofWriter(sequence, items);
    if (chance.is(0.25)) {
      calls.append({ threadId, external: true, operationId: `${sequence}`, items: [item(`external ${sequence}`)] });
    }
    if (chance.is(0.03)) calls.flush(threadId, epoch);
    // From here on the writer's batches are refused, for one reason or another.
    if (sequence === endsAt && chance.is(0.5)) ofWriter(sequence + 1, ['no JSON']);
    else if (sequence === endsAt) await store.resumeThread({ threadId, takeover: 'steal' });
    await chance.wait(chance.is(0.1) ? 30 : 1);
  }
}

async function check(store: ThreadStore, appends: readonly Append[]): Promise<void> {
  const threadIds = new Set(appends.map(({ threadId }) => threadId));
  for (const threadId of threadIds) {
    const { items } = await store.loadHistory({ threadId });
    expect(new Set(items).size).toBe(items.length);
    let end = 0n;
    let isBroken = false;
    for (const { items: given, outcome } of appends.filter((call) => call.threadId === threadId)) {
      const at = items.indexOf(given[0] ?? '');
      const stored = at < 0 ? [] : items.slice(at, at + given.length);
      if (outcome === undefined) throw new Error('unsettled');
      if (outcome instanceof ThreadStoreError) {
        // None is refused for want of one before it that was stored.
        assert.isTrue(isBroken || outcome.reason !== 'SEQUENCE_GAP');
        isBroken = true;
        if (stored.length > 0) assert.deepEqual([outcome.effect, stored], ['unknown', given]);
      } else {
        const { firstOrdinal, lastOrdinal } = outcome;
        assert.deepEqual(stored, given);
        assert.deepEqual([firstOrdinal, lastOrdinal], [BigInt(at), BigInt(at + given.length - 1)]);
        assert.isTrue(firstOrdinal >= end);
        end = lastOrdinal + 1n;
      }
    }
  }
}

test.each([1, 2, 3, 4])('whatever becomes of streams and answers, an outcome is true (seed %i)', async (seed) => {
  const chance = new Chance(seed);
  const faults = new Faults(chance);
  const store = new MemoryThreadStore();
  const { service, client } = await serve(faults.of(store), { deadlineMs: 1_000 }, { store });
  const calls = new Calls(client, chance);
  const grants = await Promise.all(Array.from({ length: 8 }, () => threadOf(store, [item('first')])));
  const schedules = grants.map((grant) => schedule(grant, store, calls, chance));
  const restarts = (async () => {
    for (let count = 0; count < 3; count += 1) {
      await chance.wait(200);
      service.stop();
      await service.start();
    }
  })();
  await Promise.all([...schedules, restarts]);
  await calls.settled();
  await check(store, calls.appends);
  const stored = calls.appends.flatMap(({ outcome }) => (outcome instanceof ThreadStoreError ? [] : [outcome]));
  expect(stored.length).toBeGreaterThan(50);
  expect(stored.some((outcome) => outcome?.duplicate)).toBe(true);
  // Nothing of all that is in the way of what comes after it.
  faults.areOver = true;
  const { threadId, epoch } = await threadOf(store, [item('before')]);
  expect(await client.appendItems({ threadId, epoch, sequence: 1n, items: [item('after')] })).toMatchObject({
    firstOrdinal: 1n,
  });
});
