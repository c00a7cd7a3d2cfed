import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { embedded } from './support/backends.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the example of the README runs as it stands', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  await using backend = await embedded();
  await using service = await backend.start();
  // Where it finds the packages of this repository, as a user's program finds them installed.
  const folder = await mkdtemp(join(root, 'node_modules', '.readme-'));
  try {
    const program = join(folder, 'example.mjs');
    await writeFile(program, example.replace('127.0.0.1:50051', service.endpoint));
    await using run = await startProcess(process.execPath, [program]);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stdout()).toContain('stored at 0\n');
    expect(run.stdout()).toContain('"message":"hello"');
  } finally {
    await rm(folder, { recursive: true });
  }
});
