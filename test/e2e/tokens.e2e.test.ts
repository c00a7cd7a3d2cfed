import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { createScratchDatabase, migrated, serveThreadstore, waitFor, type ServingProcess } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { TemporaryFolder, threadstore } from './support/commands.ts';

const item = JSON.stringify({ type: 'note', payload: 'hello' });
const metadata = { cwd: '/w', source: 'cli' };

async function create(file: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout } = await threadstore(['tokens', 'create', '--tokens-file', file, ...args]);
  expect(code).toBe(0);
  return stdout.trim();
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof ThreadStoreError ? error.reason : String(error);
  }
}

const clientOf = ({ endpoint }: ServingProcess, token: string | (() => string)): RemoteThreadStore =>
  new RemoteThreadStore({ endpoint, credentials: { token } });

async function serve(file: string): Promise<ServingProcess & AsyncDisposable> {
  const database = await createScratchDatabase(migrated);
  const service = await serveThreadstore(['--tokens-file', file], { env: { DATABASE_URL: database.url } });
  return {
    ...service,
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      await database.drop();
    },
  };
}

describe('tokens of a service', () => {
  test('each sees its tenant; a change of the file counts without a restart', async () => {
    await using folder = await TemporaryFolder.create();
    const file = join(folder.path, 'tokens.json');
    const acme = await create(file, '--tenant', 'acme');
    await using service = await serve(file);
    await using ours = clientOf(service, acme);
    const threadId = randomUUID();
    const { epoch } = await ours.createThread({ threadId, metadata });
    await ours.appendItems({ threadId, epoch, sequence: 0n, items: [item] });

    const beta = await create(file, '--tenant', 'beta');
    await using theirs = clientOf(service, beta);
    await waitFor(async () => (await reasonOf(theirs.listThreads())) === 'none', { timeoutMs: 5_000 });
    expect((await theirs.listThreads()).threads).toEqual([]);
    expect(await reasonOf(theirs.readThread({ threadId }))).toBe('THREAD_NOT_FOUND');

    // Broken: what was loaded stays.
    const tokens = await readFile(file, 'utf8');
    await writeFile(file, tokens.slice(0, -40));
    await waitFor(() => service.stderr().includes('are no good'), { timeoutMs: 5_000 });
    expect(await reasonOf(ours.listThreads())).toBe('none');
    await writeFile(file, tokens);

    // Revoked, while its stream of appends is open.
    const [, id = ''] = acme.split('_');
    expect(await threadstore(['tokens', 'revoke', id, '--tokens-file', file])).toMatchObject({ code: 0 });
    service.kill('SIGHUP');
    await waitFor(() => service.stderr().includes('"rpc":"AppendStream"'), { timeoutMs: 5_000 });
    expect(await reasonOf(ours.appendItems({ threadId, epoch, sequence: 1n, items: [item] }))).toBe('UNAUTHENTICATED');
    expect(await reasonOf(theirs.listThreads())).toBe('none');
    for (const token of [acme, beta]) {
      expect(service.stdout() + service.stderr()).not.toContain(token.split('_').slice(2).join('_'));
    }
  });

  test('a new token goes on where the old one was revoked', async () => {
    await using folder = await TemporaryFolder.create();
    const file = join(folder.path, 'tokens.json');
    let token = await create(file);
    await using service = await serve(file);
    let asked = 0;
    await using store = clientOf(service, () => {
      asked += 1;
      return token;
    });
    const { threadId, epoch } = await store.createThread({ threadId: randomUUID(), metadata });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
    const old = token;
    token = await create(file);
    await threadstore(['tokens', 'revoke', old.split('_')[1] ?? '', '--tokens-file', file]);
    await waitFor(() => service.stderr().includes('"reason":"UNAUTHENTICATED"'), { timeoutMs: 5_000 });
    await store.appendItems({ threadId, epoch, sequence: 1n, items: [item] });
    expect((await store.readThread({ threadId })).nextOrdinal).toBe(2n);
    expect(asked).toBeGreaterThan(3);
  });
});
