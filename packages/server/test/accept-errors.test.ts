import { Server } from 'node:net';
import { expect, test, vi } from 'vitest';
import { OpsListener } from '../src/ops-listener.ts';
import { Readiness } from '../src/readiness/readiness.ts';
import { askHealth } from '../src/rpc/health-client.ts';
import { served } from './support/served.ts';

/** What the system says of a connection when no file descriptor is left for it, as Node tells it. */
const noDescriptor = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' });

/** What comes of the work, and the server that began to listen in the meantime. */
async function listening<T>(work: () => Promise<T>): Promise<[server: Server | undefined, T]> {
  const listen = vi.spyOn(Server.prototype, 'listen');
  try {
    const result = await work();
    return [listen.mock.contexts[0] as Server | undefined, result];
  } finally {
    listen.mockRestore();
  }
}

const refusal = { error: { name: 'Error', code: 'EMFILE' }, untold: 0 };

test('a service that can not accept a connection says so, once in a while, and goes on', async () => {
  const [server, service] = await listening(() => served());
  await using one = service;
  for (let count = 0; count < 100; count += 1) server?.emit('error', noDescriptor);
  const told = one.logged.filter(({ message }) => message === 'a connection can not be accepted');
  expect(told).toMatchObject([{ level: 'error', fields: refusal }]);
  expect(await askHealth(one.endpoint, 10_000)).toMatchObject({ status: 'SERVING' });
});

test('so does the listener for those who watch over it', async () => {
  const told: object[] = [];
  const note = (fields: object): void => void told.push(fields);
  await using ops = new OpsListener({
    readiness: new Readiness(),
    metrics: { contentType: 'text/plain', metrics: async () => '' },
    logger: { debug: note, info: note, warn: note, error: note },
  });
  const [server, { port }] = await listening(() => ops.listen('127.0.0.1', 0));
  for (let count = 0; count < 100; count += 1) server?.emit('error', noDescriptor);
  expect(told).toMatchObject([refusal]);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});
