import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { MemoryThreadStore } from '@threadstore/core';
import { bytesField, frame, type RawAnswer, RawClient, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import { Admission } from '../src/limits/admission.ts';
import type { Arrival } from '../src/rpc/gate.ts';
import { served, type Served } from './support/served.ts';

const MiB = 1024 * 1024;
const { OK, NOT_FOUND, RESOURCE_EXHAUSTED } = grpc.status;

async function call(one: Served, method: string, message: Buffer): Promise<RawAnswer> {
  using client = new RawClient(one.endpoint);
  return await client.call(method, frame(gzipSync(message), undefined, 1), { 'grpc-encoding': 'gzip' });
}

test('small requests that are compressed do not use up the rate of their tenant', async () => {
  await using one = await served({ serviceLimits: { tenantBytesRate: 2 * MiB } });
  const readThread = bytesField(1, randomUUID());
  for (let count = 0; count < 20; count += 1) {
    expect(await call(one, 'ListThreads', Buffer.alloc(0))).toMatchObject({ code: OK });
    expect(await call(one, 'ReadHistory', readThread)).toMatchObject({ code: NOT_FOUND });
  }
});

test('large ones do', async () => {
  await using one = await served({ serviceLimits: { tenantBytesRate: MiB } });
  const append = Buffer.concat([bytesField(1, randomUUID()), bytesField(15, Buffer.alloc(8 * MiB))]);
  expect(await call(one, 'AppendItems', append)).not.toMatchObject({ code: RESOURCE_EXHAUSTED });
  expect(await call(one, 'ListThreads', Buffer.alloc(0))).toMatchObject({
    code: RESOURCE_EXHAUSTED,
    message: 'the tenant sends more than its rate',
  });
});

test('nor do they hold the room of others while they are under way', async () => {
  const released = Promise.withResolvers<void>();
  let waiting = 0;
  const store = new MemoryThreadStore();
  const list = store.listThreads.bind(store);
  store.listThreads = async (...args) => {
    waiting += 1;
    await released.promise;
    return list(...args);
  };
  await using one = await served({ store });
  const answers: Promise<RawAnswer>[] = [];
  for (let count = 1; count <= 10; count += 1) {
    answers.push(call(one, 'ListThreads', Buffer.alloc(0)));
    await waitFor(() => waiting === count, { what: 'the call to reach the store' });
  }
  released.resolve();
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ code: OK });
});

test('what was counted beyond what came is given back once, and the rest at the end', () => {
  const admission = new Admission({ tenantBytesRate: MiB });
  const record = { requestId: '', peer: '', rpc: 'ReadThread', isOwn: true, principal: anyone };
  const arrival = { record, kind: 'unary', onEnd: () => () => undefined } as unknown as Arrival;
  const receipt = admission.receive(arrival, 16 * MiB);
  expect(admission.rateOf(anyone.tenant).waitMs).toBeGreaterThan(10_000);
  receipt.came(100);
  receipt.came(200);
  expect(admission.requestBytes).toBe(100);
  expect(admission.rateOf(anyone.tenant).waitMs).toBe(0);
  receipt.done();
  receipt.came(50);
  receipt.done();
  expect(admission.requestBytes).toBe(0);
});
