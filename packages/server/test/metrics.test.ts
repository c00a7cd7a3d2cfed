import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import { RawClient, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { Metrics } from '../src/metrics/metrics.ts';
import { Readiness } from '../src/readiness/readiness.ts';
import { served, type Served } from './support/served.ts';

const serviceName = 'threadstore.v1.ThreadStoreService';
const item = '{"type":"note"}';

interface Measured {
  readonly metrics: Metrics;
  readonly service: Served;
}

async function measured(readiness = new Readiness()): Promise<Measured> {
  const metrics = new Metrics(() => readiness.unready === null);
  return { metrics, service: await served({ readiness, observers: [metrics.calls.of(serviceName)] }) };
}

/** The value of a series, whose labels are given as they are shown; undefined where there is none. */
async function valueOf({ registry }: Metrics, series: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const calls = (method: string, code: string): string =>
  `rpc_server_call_duration_seconds_count{rpc_system_name="grpc",rpc_method="${method}",rpc_response_status_code="${code}"}`;

test('calls, appends, items and refusals are counted, and streams are seen while they are open', async () => {
  const { metrics, service } = await measured();
  await using one = service;
  const store = new RemoteThreadStore({ endpoint: one.endpoint });
  const threadId = randomUUID();
  const items = ['{"type":"a"}', '{"type":"bc"}'];
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items });
  await store.appendItems({ threadId, epoch, sequence: 0n, items });
  await expect(store.appendItems({ threadId, epoch: epoch + 9n, sequence: 0n, items })).rejects.toMatchObject({
    reason: 'EPOCH_NOT_GRANTED',
  });
  await store.loadHistory({ threadId });
  await expect(store.createThread({ threadId })).rejects.toMatchObject({ reason: 'THREAD_EXISTS' });
  await expect(store.readThread({ threadId: randomUUID() })).rejects.toMatchObject({ code: 'not_found' });
  const open = `threadstore_calls_in_flight{rpc_method="${serviceName}/AppendStream"}`;
  expect(await valueOf(metrics, open)).toBe(1);
  await store.close();
  await waitFor(async () => (await valueOf(metrics, open)) === 0, { what: 'the end of the stream' });
  const values = {
    [calls(`${serviceName}/CreateThread`, 'OK')]: 1,
    [calls(`${serviceName}/CreateThread`, 'ALREADY_EXISTS')]: 1,
    [calls(`${serviceName}/ReadThread`, 'NOT_FOUND')]: 1,
    [calls(`${serviceName}/AppendStream`, 'OK')]: 1,
    'threadstore_appends_total{outcome="stored"}': 1,
    'threadstore_appends_total{outcome="duplicate"}': 1,
    'threadstore_appends_total{outcome="EPOCH_NOT_GRANTED"}': 1,
    'threadstore_items_total{direction="received"}': 6,
    'threadstore_item_bytes_total{direction="received"}': 3 * items.join('').length,
    'threadstore_items_total{direction="sent"}': 2,
    'threadstore_item_bytes_total{direction="sent"}': items.join('').length,
    'threadstore_refusals_total{reason="THREAD_EXISTS"}': 1,
    'threadstore_refusals_total{reason="THREAD_NOT_FOUND"}': 1,
    threadstore_ready: 1,
  };
  for (const [series, value] of Object.entries(values))
    expect([series, await valueOf(metrics, series)]).toEqual([series, value]);
});

test('no label holds what a caller made up', async () => {
  const { metrics, service } = await measured();
  await using one = service;
  using client = new RawClient(one.endpoint);
  const paths = ['/canary.Service/Canary', `/${serviceName}/Canary`, '/grpc.health.v1.Health/Check'];
  const answers = await Promise.all(paths.map((path) => client.call(path)));
  expect(answers.map(({ code }) => code)).toEqual([12, 12, 0]);
  expect(await valueOf(metrics, calls('grpc.health.v1.Health/Check', 'OK'))).toBe(1);
  const threadId = randomUUID();
  await using store = new RemoteThreadStore({ endpoint: one.endpoint });
  await expect(store.readThread({ threadId })).rejects.toMatchObject({ code: 'not_found' });
  const text = await metrics.registry.metrics();
  expect(text).not.toContain('canary');
  expect(text).not.toContain('Canary');
  expect(text).not.toContain(threadId);
});

test('what is not ready is told, refuses no calls unless it says so, and ends streams of appends then', async () => {
  const readiness = new Readiness();
  const { metrics, service } = await measured(readiness);
  await using one = service;
  await using store = new RemoteThreadStore({ endpoint: one.endpoint, deadlineMs: 5_000 });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
  readiness.set({ reason: 'the database can not be reached', refuses: false });
  expect(await valueOf(metrics, 'threadstore_ready')).toBe(0);
  expect(await one.health('')).toBe('NOT_SERVING');
  await store.appendItems({ threadId, epoch, sequence: 1n, items: [item] });
  readiness.set({ reason: 'the schema is of another time', refuses: true });
  expect(await one.health(serviceName)).toBe('NOT_SERVING');
  const refused = { reason: 'BACKEND_UNAVAILABLE', message: 'the schema is of another time', effect: 'none' };
  await expect(store.updateThreadMetadata({ threadId, patch: {} })).rejects.toMatchObject(refused);
  await expect(
    store.appendItems({ threadId, epoch, sequence: 2n, items: [item] }, { signal: AbortSignal.timeout(500) }),
  ).rejects.toMatchObject({ name: 'ThreadStoreError' });
  expect((await one.store.loadHistory({ threadId })).items).toHaveLength(2);
  readiness.set(null);
  expect(await one.health('')).toBe('SERVING');
  await store.appendItems({ threadId, epoch, sequence: 2n, items: [item] });
  expect((await one.store.loadHistory({ threadId })).items).toHaveLength(3);
});
