import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits, MemoryThreadStore } from '@threadstore/core';
import { expect, test } from 'vitest';
import { checkRollout } from '../src/cli/import/check-rollout.ts';
import { storeRollout } from '../src/cli/import/store-rollout.ts';
import { run } from './support/fake-terminal.ts';
import { ScratchFolder } from './support/rollouts.ts';
import { served } from './support/served.ts';

const threadId = '0191a000-7777-7000-8000-000000000001';
const meta = `${JSON.stringify({ type: 'session_meta', payload: { id: threadId } })}\n`;

test.skipIf(process.platform === 'win32')('a pipe is refused: what is read from it once is gone', async () => {
  await using one = await served();
  await using folder = await ScratchFolder.create();
  const path = join(folder.path, 'pipe.jsonl');
  execFileSync('mkfifo', [path]);
  expect(await run(['import', path], { THREADSTORE_ENDPOINT: one.endpoint })).toEqual({
    exitCode: 1,
    stdout: '1 failed\n',
    stderr: `threadstore: ${path}: is no plain file, and an import reads its files twice\n`,
  });
});

test('a file that becomes shorter between its check and its end fails, and leaves the lease free', async () => {
  await using folder = await ScratchFolder.create();
  const path = await folder.write('x.jsonl', `${meta}{"type":"b"}\n{"type":"c"}\n`);
  const rollout = await checkRollout(path, defaultLimits, () => undefined);
  await using store = new MemoryThreadStore();
  const options = {
    limits: defaultLimits,
    steal: false,
    signal: new AbortController().signal,
    onBytes: () => undefined,
    onStored: () => undefined,
  };
  await truncate(path, 0);
  const shorter = 'the file became shorter while it was imported';
  await expect(storeRollout(store, rollout, options)).rejects.toThrow(shorter);
  await expect(store.readThread({ threadId })).rejects.toMatchObject({ reason: 'THREAD_NOT_FOUND' });

  // What it had when it was checked can be imported as before.
  await writeFile(path, `${meta}{"type":"b"}\n{"type":"c"}\n{"type":"later"}\n`);
  expect(await storeRollout(store, rollout, options)).toBe('created');
  expect((await store.loadHistory({ threadId })).items).toHaveLength(3);
});
