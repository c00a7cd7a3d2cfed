import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, type Output } from './support/fake-terminal.ts';
import { ScratchFolder } from './support/rollouts.ts';
import { served, type Served } from './support/served.ts';

const threadId = '0191a000-7777-7000-8000-000000000001';

async function servedThread(): Promise<Served> {
  const one = await served();
  const { epoch } = await one.store.createThread({ threadId });
  await one.store.appendItems({ threadId, epoch, sequence: 0n, items: ['{"type":"a"}', '{"type":"b"}'] });
  return one;
}

const exported = (one: Served, output: string): Promise<Output> =>
  run(['export', '--output', output, threadId], { THREADSTORE_ENDPOINT: one.endpoint });

test.skipIf(process.platform !== 'linux')('a device without room fails the export, and the command ends', async () => {
  await using one = await servedThread();
  expect(await exported(one, '/dev/full')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'threadstore: no space left on the device\n',
  });
});

test('a file that is replaced can be read by those who could read it before', async () => {
  await using one = await servedThread();
  await using folder = await ScratchFolder.create();
  const path = await folder.write('thread.jsonl', 'old');
  for (const mode of [0o600, 0o644]) {
    await chmod(path, mode);
    expect(await exported(one, path)).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await stat(path)).mode & 0o777).toBe(mode);
  }
  expect(await readFile(path, 'utf8')).toBe('{"type":"a"}\n{"type":"b"}\n');
  expect(await readdir(folder.path)).toEqual(['thread.jsonl']);
});

test('a new file is readable as the process is told to make files', async () => {
  await using one = await servedThread();
  await using folder = await ScratchFolder.create();
  const other = await folder.write('other', '');
  const path = join(folder.path, 'new.jsonl');
  expect(await exported(one, path)).toMatchObject({ exitCode: 0 });
  expect((await stat(path)).mode).toBe((await stat(other)).mode);
});
