import { execFile } from 'node:child_process';
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RemoteThreadStore } from '@threadstore/client';
import { startThreadstore, waitFor } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { backends, embedded } from './support/backends.ts';
import { TemporaryFolder, threadstore } from './support/commands.ts';
import { rolloutFolder, rollouts } from './support/rollouts.ts';

const id = '0191a000-9999-7000-8000-000000000001';
const note = (text: string): string => `${JSON.stringify({ type: 'note', payload: text })}\n`;

const bin = fileURLToPath(new URL('../../packages/server/bin/threadstore.js', import.meta.url));

/** What a script prints, its complaints included. */
function shellOutput(script: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', `{ ${script}; } 2>&1`], { env }, (_error, stdout) => resolve(stdout));
  });
}

/** Every fixture's thread comes out byte for byte, and lists as it did. */
async function expectRollouts(env: Readonly<Record<string, string>>): Promise<string> {
  for (const { path, threadId } of rollouts) {
    const { code, stdout, stderr } = await threadstore(['export', threadId], env);
    expect({ code, stderr, same: stdout === (await readFile(path, 'utf8')) }).toEqual({
      code: 0,
      stderr: '',
      same: true,
    });
  }
  const { code, stdout } = await threadstore(['list', '--json'], env);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(rollouts.length + 1);
  return stdout;
}

describe.each(backends)('rollouts in $backend', ({ create }) => {
  test('imported, listed, shown and exported; the same after kill -9; the same when imported again', async () => {
    await using backend = await create();
    await using first = await backend.start();
    const env = { THREADSTORE_ENDPOINT: first.endpoint };
    const imported = await threadstore(['import', rolloutFolder], env);
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(imported.stdout).toMatch(/\n5 created\n$/);
    const listed = await expectRollouts(env);
    const shown = await threadstore(['show', rollouts[0]?.threadId ?? ''], env);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^title +which beds want water\?$/m);
    expect(shown.stdout).toMatch(/^lease +none$/m);

    first.kill('SIGKILL');
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    await using second = await backend.start();
    const after = { THREADSTORE_ENDPOINT: second.endpoint };
    expect(await expectRollouts(after)).toBe(listed);
    const again = await threadstore(['import', rolloutFolder], after);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/\n5 unchanged\n$/);
    expect(await expectRollouts(after)).toBe(listed);
  });

  test('an import that loses its service in the middle is gone on with, and nothing is twice', async () => {
    await using backend = await create();
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, `rollout-${id}.jsonl`);
    const lines = Array.from({ length: 40_000 }, (_one, number) => note(`${number} ${'x'.repeat(500)}`));
    await writeFile(path, lines.join(''));
    await using first = await backend.start('--lease-duration-ms', '1000');
    const env = { THREADSTORE_ENDPOINT: first.endpoint, THREADSTORE_DEADLINE_MS: '3000' };
    await using importing = await startThreadstore(['import', path], { env });
    await using reader = new RemoteThreadStore({ endpoint: first.endpoint });
    await waitFor(async () => (await reader.readThread({ threadId: id })).nextOrdinal > 1_000n, { what: 'some items' });
    first.kill('SIGKILL');
    expect(await importing.ended).toEqual({ code: 1, signal: null });
    expect(importing.stderr()).toMatch(/^threadstore: .*; \d+ items were stored before, import it again to go on\n$/);

    await using second = await backend.start('--lease-duration-ms', '1000');
    const after = { THREADSTORE_ENDPOINT: second.endpoint };
    await using store = new RemoteThreadStore({ endpoint: second.endpoint });
    const had = (await store.readThread({ threadId: id })).nextOrdinal;
    expect(had).toBeGreaterThan(1_000n);
    expect(had).toBeLessThan(40_000n);
    const again = await waitFor(
      async () => {
        const result = await threadstore(['import', path], after);
        return result.code === 0 ? result : undefined;
      },
      { what: 'the lapse of the lease' },
    );
    expect(again.stdout).toContain(`: appended, ${40_000n - had} items, thread ${id}`);
    const output = join(folder.path, 'out.jsonl');
    expect(await threadstore(['export', '--output', output, id], after)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(Buffer.compare(await readFile(output), await readFile(path))).toBe(0);
  });
});

describe('commands on a service', () => {
  test('Ctrl-C stops an import between two batches; the lease is released and the rest can follow', async () => {
    await using backend = await embedded();
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, `rollout-${id}.jsonl`);
    const lines = Array.from({ length: 60_000 }, (_one, number) => note(`${number} ${'x'.repeat(300)}`));
    await writeFile(path, lines.join(''));
    await using service = await backend.start();
    const env = { THREADSTORE_ENDPOINT: service.endpoint };
    await using importing = await startThreadstore(['import', path], { env });
    await using store = new RemoteThreadStore({ endpoint: service.endpoint });
    await waitFor(async () => (await store.readThread({ threadId: id })).nextOrdinal > 0n, { what: 'some items' });
    importing.kill('SIGINT');
    expect(await importing.ended).toEqual({ code: 1, signal: null });
    expect(importing.stderr()).toMatch(/: interrupted; \d+ items were stored before, import it again to go on\n$/);
    const { nextOrdinal, lease } = await store.readThread({ threadId: id });
    expect(lease).toBeNull();
    expect(nextOrdinal).toBeLessThan(60_000n);
    expect(await threadstore(['import', path], env)).toMatchObject({ code: 0, stderr: '' });
    expect((await store.readThread({ threadId: id })).nextOrdinal).toBe(60_000n);
  });

  test('bad lines are named, the other files are imported', async () => {
    await using backend = await embedded();
    await using folder = await TemporaryFolder.create();
    await using service = await backend.start();
    const env = { THREADSTORE_ENDPOINT: service.endpoint };
    const [good] = rollouts;
    const bad = join(folder.path, 'bad.jsonl');
    await copyFile(good?.path ?? '', bad);
    await appendFile(bad, '{"type":"half');
    expect(await threadstore(['import', bad, good?.path ?? ''], env)).toEqual({
      code: 1,
      stdout: `${good?.path}: created, 45 items, thread ${good?.threadId}\n1 created, 1 failed\n`,
      stderr: `threadstore: ${bad}:46: not valid JSON at offset 13\n`,
    });
  });

  test('a reader of an export that goes away ends it without a complaint; a slow one gets everything', async () => {
    await using backend = await embedded();
    await using folder = await TemporaryFolder.create();
    await using service = await backend.start();
    const env = { ...process.env, THREADSTORE_ENDPOINT: service.endpoint };
    const path = join(folder.path, `rollout-${id}.jsonl`);
    await writeFile(
      path,
      Array.from({ length: 20_000 }, (_one, number) => note(`${number} ${'x'.repeat(500)}`)).join(''),
    );
    expect(await threadstore(['import', path], { THREADSTORE_ENDPOINT: env.THREADSTORE_ENDPOINT })).toMatchObject({
      code: 0,
    });
    const shell = (script: string): Promise<string> =>
      shellOutput(script, { ...env, NODE: process.execPath, BIN: bin, ID: id, FILE: path });
    expect(await shell('"$NODE" "$BIN" export $ID | head -n 2 | wc -l')).toBe('2\n');
    expect(await shell('"$NODE" "$BIN" export $ID | (sleep 1; cmp - "$FILE" && echo same)')).toBe('same\n');
    expect(await shell('"$NODE" "$BIN" list --json | head -n 1 > /dev/null')).toBe('');
  });
});
