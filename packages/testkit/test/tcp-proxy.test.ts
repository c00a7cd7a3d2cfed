import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TcpProxy } from '../src/tcp-proxy.ts';
import { waitFor } from '../src/wait-for.ts';

/** A server that answers each piece with its name and the piece, and its URL. */
async function echo(name: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(`${name}:${chunk.toString()}`));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

interface Caller {
  readonly socket: Socket;
  /** How the connection ended. */
  error?: NodeJS.ErrnoException;
  heard: string;
}

async function callerOf(proxy: TcpProxy): Promise<Caller> {
  const [host = '', port] = proxy.endpoint.split(':');
  const socket = connect(Number(port), host);
  const caller: Caller = { socket, heard: '' };
  socket.on('data', (chunk) => (caller.heard += chunk.toString()));
  socket.on('error', (error) => (caller.error = error));
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return caller;
}

test('passes on, and leads new connections to another server once it is told', async () => {
  await using proxy = await TcpProxy.to(await echo('a'));
  const first = await callerOf(proxy);
  first.socket.write('1');
  await waitFor(() => first.heard === 'a:1');
  proxy.retarget(await echo('b'));
  const second = await callerOf(proxy);
  second.socket.write('2');
  first.socket.write('3');
  await waitFor(() => second.heard !== '' && first.heard.length > 3);
  expect([first.heard, second.heard]).toEqual(['a:1a:3', 'b:2']);
});

test('a cut is a reset for the caller, and the next connection is well', async () => {
  await using proxy = await TcpProxy.to(await echo('a'));
  const cut = await callerOf(proxy);
  cut.socket.write('1');
  await waitFor(() => cut.heard !== '');
  proxy.cut();
  await waitFor(() => cut.error?.code === 'ECONNRESET');
  const next = await callerOf(proxy);
  next.socket.write('2');
  await waitFor(() => next.heard === 'a:2');
  expect(proxy.tally).toMatchObject({ connections: 2, cut: 1 });
});

test('what is stalled comes later, the end of a connection too', async () => {
  await using proxy = await TcpProxy.to(await echo('a'));
  const caller = await callerOf(proxy);
  caller.socket.write('1');
  await waitFor(() => caller.heard === 'a:1');
  proxy.mode = 'stall';
  caller.socket.end('2');
  await waitFor(() => proxy.tally.delayedBytes === 1);
  expect([caller.heard, caller.socket.readableEnded]).toEqual(['a:1', false]);
  proxy.mode = 'open';
  await waitFor(() => caller.heard === 'a:1a:2' && caller.socket.readableEnded);
});

test('what is delayed comes in its order', async () => {
  await using proxy = await TcpProxy.to(await echo('a'));
  const caller = await callerOf(proxy);
  proxy.delayMs = 30;
  const began = performance.now();
  caller.socket.write('1');
  await waitFor(() => proxy.tally.delayedBytes === 1);
  proxy.delayMs = 0;
  caller.socket.write('2');
  await waitFor(() => /^a:1(a:)?2$/.test(caller.heard));
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
});

test('a reply that is lost was asked for', async () => {
  await using proxy = await TcpProxy.to(await echo('a'));
  const caller = await callerOf(proxy);
  proxy.mode = 'mute';
  caller.socket.write('1');
  await waitFor(() => proxy.tally.swallowedBytes === 3);
  expect(caller.heard).toBe('');
  proxy.mode = 'cut-answer';
  caller.socket.write('2');
  await waitFor(() => caller.error?.code === 'ECONNRESET');
});
