import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { waitFor } from '@threadstore/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BackPressure, type Refusal } from '../src/limits/back-pressure.ts';
import { Pushback } from '../src/limits/pushback.ts';

const told: Omit<Refusal, 'room'> = { whose: 'tenant', retryAfterMs: 100_000 };
/** More than a client has under way that waits as it is told. */
const tooMany = 200;

interface Pair {
  readonly client: Socket;
  /** The server's side. */
  readonly socket: Socket;
  readonly peer: string;
  /** Bytes that have come to the server. */
  readonly received: () => number;
}

/** A server that reads all it gets, behind back-pressure. */
async function start() {
  const pressure = new BackPressure();
  const holds: string[] = [];
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    pressure.watch(socket, (peer) => void holds.push(peer));
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    accepted.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  const join = async (): Promise<Pair> => {
    const before = accepted.length;
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    const socket = await waitFor(() => accepted[before], { what: 'the connection' });
    return { client, socket, peer: `127.0.0.1:${client.localPort ?? 0}`, received: () => socket.bytesRead };
  };
  /** Sends something over a connection and sees it come. */
  const isRead = async ({ client, received }: Pair): Promise<void> => {
    const before = received();
    client.write('x');
    await waitFor(() => received() > before, { what: 'what was sent' });
  };
  return { pressure, holds, join, isRead };
}

test('callers that do not wait as they are told are left unread until there is room', async () => {
  const { pressure, holds, join, isRead } = await start();
  const [heedless, other] = [await join(), await join()];
  const room = { isTight: true };
  for (let count = 0; count < tooMany; count += 1) pressure.refused(heedless.peer, { room, ...told });
  pressure.refused(other.peer, { room, ...told });
  expect(pressure.held).toBe(1);
  expect(holds).toEqual([heedless.peer]);

  const before = heedless.received();
  heedless.client.write('x');
  for (let count = 0; count < 3; count += 1) await isRead(other);
  expect(heedless.received()).toBe(before);
  room.isTight = false;
  await waitFor(() => heedless.received() > before, { what: 'what was sent' });
  expect(pressure.held).toBe(0);

  room.isTight = true;
  pressure.refused(heedless.peer, { room, ...told });
  expect(pressure.held).toBe(1);
  expect(holds).toHaveLength(1);
});

test('without room they are read again all the same, after a while', async () => {
  const { pressure, join, isRead } = await start();
  const heedless = await join();
  for (let count = 0; count < tooMany; count += 1)
    pressure.refused(heedless.peer, { room: { isTight: true }, ...told });
  expect(pressure.held).toBe(1);
  await isRead(heedless);
  expect(pressure.held).toBe(0);
});

test('one after another is read again for the same room', async () => {
  const { pressure, join } = await start();
  const connections = [await join(), await join(), await join()];
  let looks = 0;
  // There is room for one.
  const room = {
    get isTight(): boolean {
      looks += 1;
      return looks > 1;
    },
  };
  for (const { peer } of connections) {
    for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  }
  await waitFor(() => looks > 3, { what: 'some looks at the room' });
  expect(pressure.held).toBe(2);
});

test('those that are read take turns with those that are not', async () => {
  const { pressure, join, isRead } = await start();
  const [first, second] = [await join(), await join()];
  const room = { isTight: true };
  const refuse = ({ peer }: Pair): void => {
    for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  };
  refuse(first);
  // After its time, without room.
  await isRead(first);
  refuse(second);
  expect(pressure.held).toBe(1);
  // Its calls are let in, so that it is refused none.
  await waitFor(
    () => {
      pressure.carries(first.peer, 'a');
      return pressure.held === 2;
    },
    { what: 'the end of its turn' },
  );
  await isRead(second);
});

test('what was let in is read before its connection is left unread', async () => {
  const { pressure, join } = await start();
  const { peer } = await join();
  const room = { isTight: true };
  const came = pressure.expects(peer);
  for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  expect(pressure.held).toBe(0);
  came();
  expect(pressure.held).toBe(1);
});

test('but not for ever', async () => {
  const { pressure, join } = await start();
  const { peer } = await join();
  const room = { isTight: true };
  pressure.expects(peer);
  for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  expect(pressure.held).toBe(0);
  await waitFor(
    () => {
      for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
      return pressure.held === 1;
    },
    { what: 'the hold' },
  );
});

test('those who wait as they are told are read, however often they are refused', async () => {
  const { pressure, join } = await start();
  const { peer } = await join();
  const room = { isTight: true };
  for (let count = 0; count < 10 * tooMany; count += 1) {
    pressure.refused(peer, { room, whose: 'tenant', retryAfterMs: 0 });
  }
  expect(pressure.held).toBe(0);
});

test('a tenant that shares its connection with another holds up nobody but itself', async () => {
  const { pressure, join } = await start();
  const { peer } = await join();
  const room = { isTight: true };
  pressure.carries(peer, 'a');
  pressure.carries(peer, 'b');
  for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  expect(pressure.held).toBe(0);
  for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told, whose: 'all' });
  expect(pressure.held).toBe(1);
});

test('a connection whose caller does not take what it is sent is not read again before it has', async () => {
  const { pressure, join, isRead } = await start();
  const [behind, other] = [await join(), await join()];
  const room = { isTight: true };
  behind.client.pause();
  while (behind.socket.writableLength === 0) behind.socket.write(Buffer.alloc(1024 * 1024));
  for (const { peer } of [behind, other]) {
    for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  }
  expect(pressure.held).toBe(2);
  room.isTight = false;
  // That it stands before the other keeps the other from nothing.
  await isRead(other);
  expect(pressure.held).toBe(1);
  const before = behind.received();
  behind.client.write('x');
  for (let count = 0; count < 3; count += 1) await isRead(other);
  expect(behind.received()).toBe(before);
  behind.client.resume();
  await waitFor(() => behind.received() > before, { what: 'what was sent' });
  expect(pressure.held).toBe(0);
});

test('who asks for health through a proxy holds up nobody who is of a tenant', async () => {
  const { pressure, join } = await start();
  const [probe, proxy] = [await join(), await join()];
  const room = { isTight: true };
  pressure.carries(proxy.peer, 'a');
  for (const { peer } of [probe, proxy]) {
    for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told, whose: 'address' });
  }
  expect(pressure.held).toBe(1);
  pressure.refused(probe.peer, { room, ...told, whose: 'address' });
  for (let count = 0; count < tooMany; count += 1) pressure.refused(proxy.peer, { room, ...told, whose: 'all' });
  expect(pressure.held).toBe(2);
});

test('those that are held stay so, however often they are read and held again', async () => {
  const { pressure, join } = await start();
  const room = { isTight: false };
  const peers: string[] = [];
  const stops: number[] = [];
  // More than are gone through at a time.
  for (let index = 0; index < 100; index += 1) {
    const { socket, peer } = await join();
    peers.push(peer);
    const handle = Reflect.get(socket, '_handle') as { readStop: () => number };
    const { readStop } = handle;
    handle.readStop = () => {
      stops[index] = (stops[index] ?? 0) + 1;
      return readStop.call(handle);
    };
  }
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const refuseAll = (): void => peers.forEach((peer) => pressure.refused(peer, { room, ...told }));
  for (let count = 0; count < tooMany; count += 1) refuseAll();
  for (let count = 0; count < 2_000; count += 1) {
    vi.advanceTimersToNextTimer();
    refuseAll();
  }
  expect(pressure.held).toBe(100);
  stops.length = 0;
  room.isTight = true;
  for (let count = 0; count < 4; count += 1) vi.advanceTimersToNextTimer();
  expect(Object.keys(stops)).toHaveLength(100);
});

test('a connection that ends while it is held is forgotten', async () => {
  const { pressure, join } = await start();
  const { client, peer } = await join();
  const room = { isTight: true };
  for (let count = 0; count < tooMany; count += 1) pressure.refused(peer, { room, ...told });
  expect(pressure.held).toBe(1);
  client.destroy();
  room.isTight = false;
  await waitFor(() => pressure.held === 0, { what: 'its turn' });
});

test('the more are refused, the later they are told to come again', () => {
  let now = 1_000;
  const pushback = new Pushback(() => now);
  expect(pushback.next()).toBe(100);
  const crowd = Array.from({ length: 500 }, () => pushback.next());
  expect(crowd.at(-1)).toBeCloseTo(1_100);
  for (let count = 0; count < 5_000; count += 1) pushback.next();
  expect(pushback.next()).toBe(4_000);
  now += 10_000;
  expect(pushback.next()).toBe(100);
});
