import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RemoteThreadStore } from '@threadstore/client';
import { startProcess, type StartedProcess, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { backends, embedded } from './support/backends.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = (name: string): string => join(root, 'examples', name);

test('the README shows an example, which runs as it stands', async () => {
  const hello = await readFile(example('hello.ts'), 'utf8');
  expect(await readFile(join(root, 'README.md'), 'utf8')).toContain(`\`\`\`ts\n${hello}\`\`\``);
  await using backend = await embedded();
  await using service = await backend.start();
  // Where it finds the packages of this repository, as a user's program finds them installed.
  const folder = await mkdtemp(join(root, 'node_modules', '.readme-'));
  try {
    const program = join(folder, 'hello.mjs');
    await writeFile(program, hello.replace('127.0.0.1:50051', service.endpoint));
    await using run = await startProcess(process.execPath, [program]);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stdout()).toMatch(/^[0-9a-f-]{36}: hello, 1 item\n/);
    expect(run.stdout()).toContain('"message":"hello"');
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe.each(backends)('the agent of the examples, on $backend', ({ create }) => {
  test('is killed in a turn, and another process goes on with its thread', async () => {
    await using backend = await create();
    await using service = await backend.start();
    const env = { THREADSTORE_ENDPOINT: service.endpoint };
    const run = (...args: readonly string[]): Promise<StartedProcess> =>
      startProcess(process.execPath, [example('agent.ts'), ...args], { env });

    await using first = await run('start');
    await waitFor(() => first.stdout().includes('called a tool'));
    first.kill('SIGKILL');
    await first.ended;
    const threadId = /^thread (\S+)$/m.exec(first.stdout())?.[1] ?? '';

    await using second = await run('resume', threadId);
    expect({ ...(await second.ended), stderr: second.stderr() }).toEqual({ code: 0, signal: null, stderr: '' });
    const said = second.stdout();
    expect(said).toMatch(new RegExp(`^took over from .*:${first.pid}$`, 'm'));
    expect(said).toMatch(/^open calls: shell$/m);
    expect(said).toMatch(/^turns: completed, interrupted, completed$/m);
    expect(said).toMatch(/^after the rollback: completed$/m);
    const forkId = /^fork (\S+): completed, interrupted, completed, completed$/m.exec(said)?.[1] ?? '';

    await using store = new RemoteThreadStore({ endpoint: service.endpoint });
    const fork = await store.readThread({ threadId: forkId });
    expect(fork).toMatchObject({ forkedFromId: threadId, title: 'hello', lease: null });
    expect(await store.readThread({ threadId })).toMatchObject({ source: 'exec', title: 'hello', lease: null });
    const { items } = await store.loadHistory({ threadId });
    expect((await store.loadHistory({ threadId: forkId })).items.slice(0, 10)).toEqual(items.slice(0, 10));
    expect(items.filter((item) => item.includes('function_call_output'))).toHaveLength(1);
  });
});
