import { expect, test } from 'vitest';
import { type StartOptions, startProcess, type StartedProcess } from '../src/started-process.ts';
import { waitFor } from '../src/wait-for.ts';
import { lives } from './lives.ts';

async function node(script: string, options?: StartOptions): Promise<StartedProcess> {
  return startProcess(process.execPath, ['-e', script], options);
}

const forever = 'setInterval(() => {}, 1000);';

test('waits for the ready line and gives what it says', async () => {
  const script = `process.stdout.write('ready on 127.0.0.1:'); setTimeout(() => console.log('4711'), 20); ${forever}`;
  await using child = await node(script, { ready: /^ready on (\S+):(\d+)$/ });
  expect(child.readyMatch).toEqual(['ready on 127.0.0.1:4711', '127.0.0.1', '4711']);
});

test('stop ends it by SIGTERM, and gives its exit code and output', async () => {
  const script = `process.on('SIGTERM', () => { console.error('bye'); process.exit(3); }); console.log('ready'); ${forever}`;
  const child = await node(script, { ready: /^ready$/ });
  expect(await child.stop()).toEqual({ code: 3, signal: null });
  expect([child.stdout(), child.stderr()]).toEqual(['ready\n', 'bye\n']);
  expect(lives(child.pid)).toBe(false);
  expect(await child.stop()).toEqual({ code: 3, signal: null });
});

test('stop kills one that ignores SIGTERM, and says so', async () => {
  const child = await node(`process.on('SIGTERM', () => {}); console.log('ready'); ${forever}`, { ready: /^ready$/ });
  await expect(child.stop({ timeoutMs: 50 })).rejects.toThrow('did not end 50 ms after SIGTERM');
  expect(lives(child.pid)).toBe(false);
});

test('the end of its scope ends it', async () => {
  let pid = 0;
  {
    await using child = await node(forever);
    ({ pid } = child);
    expect(lives(pid)).toBe(true);
  }
  expect(lives(pid)).toBe(false);
});

test('one that ends before it is ready is an error with its output', async () => {
  const failure = node(`console.error('port taken'); process.exit(2)`, { ready: /^ready$/ });
  await expect(failure).rejects.toThrow(/ended before it was ready \(exit code 2\):\nport taken\n$/);
});

test('one that never gets ready is killed', async () => {
  const failure = node(`console.log(process.pid); ${forever}`, { ready: /^ready$/, timeoutMs: 1_000 });
  const error: unknown = await failure.catch((reason: unknown) => reason);
  const pid = /not ready after 1000 ms:\n(\d+)\n$/.exec(String(error))?.[1];
  expect(pid).toBeDefined();
  expect(lives(Number(pid))).toBe(false);
});

test('a program that is not there is an error', async () => {
  await expect(startProcess('no-such-program', [])).rejects.toThrow(/^no-such-program: did not start: .*ENOENT/);
});

test('a shell set up for a server does not reach it, what the test gives does', async () => {
  process.env['DATABASE_URL'] = 'postgres://production';
  process.env['PGHOST'] = 'production';
  try {
    const script = 'console.log([process.env.DATABASE_URL, process.env.PGHOST, process.env.PGUSER].join())';
    await using child = await node(script, { env: { PGUSER: 'me' } });
    await child.ended;
    expect(child.stdout()).toBe(',,me\n');
  } finally {
    delete process.env['DATABASE_URL'];
    delete process.env['PGHOST'];
  }
});

test('messages go both ways over the channel; none reaches one that is gone', async () => {
  const got: unknown[] = [];
  const script = `process.on('message', ({ say }) => { process.send({ said: say }); process.disconnect(); });`;
  await using child = await node(script, { onMessage: (message) => got.push(message) });
  child.send({ say: 'hello' });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(got).toEqual([{ said: 'hello' }]);
  expect(() => child.send({ say: 'too late' })).not.toThrow();
});

test('a process is talked to in lines, and ends when nothing more is said', async () => {
  const lines: string[] = [];
  const script = `process.stdin.on('data', (text) => process.stdout.write(text)); process.stdin.on('end', () => process.exit(4));`;
  await using child = await node(script, { onLine: (line) => lines.push(line) });
  child.write('one\ntw');
  await waitFor(() => lines.length === 1, { what: 'the first line' });
  child.write('o\nthree');
  child.endInput();
  expect(await child.ended).toEqual({ code: 4, signal: null });
  expect(lines).toEqual(['one', 'two']);
  child.write('to nobody\n');
});
