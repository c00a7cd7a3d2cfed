import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore } from '@threadstore/client';
import { MemoryThreadStore, type ThreadStoreError } from '@threadstore/core';
import { fromStatus } from '@threadstore/protocol';
import { type RawAnswer, RawClient, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { served } from './support/served.ts';

const { OK, RESOURCE_EXHAUSTED } = grpc.status;

/** Calls that may be under way, and those that come at once. */
const bound = 200;
const flood = 10 * bound;

/** A store whose lists wait until they are let go. */
class HeldStore extends MemoryThreadStore {
  readonly #released = Promise.withResolvers<void>();
  readonly release = this.#released.resolve;

  override async listThreads(...args: Parameters<MemoryThreadStore['listThreads']>) {
    await this.#released.promise;
    return super.listThreads(...args);
  }
}

function errorOf({ headers, message }: RawAnswer): ThreadStoreError {
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(String(headers['grpc-status-details-bin']), 'base64'));
  return fromStatus(
    { code: RESOURCE_EXHAUSTED, details: message, metadata },
    { effect: 'unknown', operation: 'list_threads' },
  );
}

const bounds = {
  'of a tenant': { tenantCallsMax: bound },
  'of the server': { callsMax: bound, tenantCallsMax: flood },
};

test.each(Object.entries(bounds))(
  'what is beyond the bound %s on one connection is refused, and no call is reset',
  async (_name, serviceLimits) => {
    const store = new HeldStore();
    await using one = await served({ store, serviceLimits });
    using client = new RawClient(one.endpoint);
    let refused = 0;
    const answers = Array.from({ length: flood }, async () => {
      const answer = await client.call('ListThreads');
      if (answer.code !== OK) refused += 1;
      return answer;
    });
    await waitFor(() => refused === flood - bound, { what: 'all but those under way to be refused' });
    store.release();
    const all = await Promise.all(answers);
    expect(all.filter(({ code }) => code === OK)).toHaveLength(bound);
    for (const answer of all.filter(({ code }) => code !== OK)) {
      expect(answer.code).toBe(RESOURCE_EXHAUSTED);
      const error = errorOf(answer);
      expect(error).toMatchObject({ reason: 'OVERLOADED', effect: 'none', remote: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
  },
);

test('a client sends no more calls at once than a service takes by default, and is told of no effect where it takes less', async () => {
  const many = { length: 600 };
  await using few = await served({ serviceLimits: { tenantCallsMax: 10 } });
  await using client = new RemoteThreadStore({ endpoint: few.endpoint });
  const outcomes = await Promise.allSettled(Array.from(many, () => client.listThreads()));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    expect(outcome.reason).toMatchObject({ reason: 'OVERLOADED', effect: 'none', remote: true });
    expect((outcome.reason as ThreadStoreError).retryAfterMs).toBeGreaterThan(0);
  }
  await using one = await served();
  await using other = new RemoteThreadStore({ endpoint: one.endpoint });
  await Promise.all(Array.from(many, () => other.listThreads()));
  expect(one.logged.filter(({ fields }) => fields['code'] !== 'OK')).toEqual([]);
});
