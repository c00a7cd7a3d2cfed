import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import {
  createScratchDatabase,
  migrated,
  serveThreadstore,
  startNativePostgres,
  waitFor,
  withClient,
} from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { threadstore } from './support/commands.ts';
import { logLines } from './support/log-lines.ts';
import { get, opsAddress } from './support/ops-address.ts';

const flags = ['--metrics-listen', '127.0.0.1:0'];
const ready = { status: 200, text: 'ok\n' };

async function healthOf(endpoint: string): Promise<string | undefined> {
  const { stdout } = await threadstore(['version', '--endpoint', endpoint]);
  return stdout.trim().split(' ').at(-1);
}

test('a service whose Postgres goes away is not ready, lives on, and is ready again when it is back', async () => {
  const postgres = await startNativePostgres();
  try {
    await using service = await serveThreadstore([...flags, '--migrate'], { env: { DATABASE_URL: postgres.url } });
    await using store = new RemoteThreadStore({ endpoint: service.endpoint });
    const ops = await opsAddress(service);
    expect(await get(`${ops}/readyz`)).toEqual(ready);
    expect(await healthOf(service.endpoint)).toBe('SERVING');
    await postgres.kill();
    await waitFor(async () => (await get(`${ops}/readyz`)).status === 503, { what: 'a service that is not ready' });
    expect(await get(`${ops}/readyz`)).toEqual({ status: 503, text: 'the database can not be reached\n' });
    expect(await get(`${ops}/livez`)).toEqual(ready);
    expect((await get(`${ops}/metrics`)).text).toContain('\nthreadstore_ready 0\n');
    expect(await healthOf(service.endpoint)).toBe('NOT_SERVING');
    await postgres.restart();
    await waitFor(async () => (await get(`${ops}/readyz`)).status === 200, { what: 'a service that is ready again' });
    expect(await healthOf(service.endpoint)).toBe('SERVING');
    await store.createThread({ threadId: randomUUID() });
    const told = logLines(service.stderr()).filter(({ msg }) => msg.includes('ready'));
    expect(told).toMatchObject([
      { level: 'warn', msg: 'not ready', reason: 'the database can not be reached' },
      { level: 'info', msg: 'ready again' },
    ]);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  } finally {
    await postgres.stop();
  }
});

test('a service all of whose connections are busy stays ready, and one that drains says so', async () => {
  const database = await createScratchDatabase(migrated);
  await using service = await serveThreadstore([...flags, '--pool-size', '1'], { env: { DATABASE_URL: database.url } });
  const ops = await opsAddress(service);
  await using store = new RemoteThreadStore({ endpoint: service.endpoint, deadlineMs: 30_000 });
  await withClient(database.url, async (client) => {
    await client.query('begin; lock table threadstore.threads in access exclusive mode');
    const calls = Promise.allSettled([store.listThreads(), store.listThreads()]);
    // The second one has waited for the connection of the first until it gave up: long enough for a probe to fail three times.
    await waitFor(() => logLines(service.stderr()).some(({ rpc, code }) => rpc === 'ListThreads' && code !== 'OK'), {
      timeoutMs: 30_000,
      what: 'a call that got no connection',
    });
    expect(await get(`${ops}/readyz`)).toEqual(ready);
    expect((await get(`${ops}/metrics`)).text).toContain('db_client_connection_max 1\n');
    const held = store.listThreads().catch(() => undefined);
    await waitFor(async () => /calls_in_flight\{.*ListThreads"\} [1-9]/.test((await get(`${ops}/metrics`)).text), {
      what: 'a call under way',
    });
    service.kill('SIGTERM');
    await waitFor(async () => (await get(`${ops}/readyz`)).status === 503, { what: 'a service that drains' });
    expect(await get(`${ops}/readyz`)).toEqual({ status: 503, text: 'the service is shutting down\n' });
    expect(await get(`${ops}/livez`)).toEqual(ready);
    await client.query('rollback');
    await Promise.all([calls, held]);
  });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(logLines(service.stderr()).filter(({ msg }) => msg === 'not ready')).toEqual([]);
  await database.drop();
});

test('an address for metrics that is taken: one line that names the flag', async () => {
  const database = await createScratchDatabase(migrated);
  const env = { DATABASE_URL: database.url };
  await using service = await serveThreadstore(flags, { env });
  const address = (await opsAddress(service)).replace('http://', '');
  const refused = await threadstore(['serve', '--listen', '127.0.0.1:0', '--metrics-listen', address], env);
  expect(refused).toEqual({
    code: 1,
    stdout: '',
    stderr: `threadstore: --metrics-listen: ${address} is in use by another process (choose another address with --metrics-listen)\n`,
  });
  await service.stop();
  await database.drop();
});
