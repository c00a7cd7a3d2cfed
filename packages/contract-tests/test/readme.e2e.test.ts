import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('..', import.meta.url);
const examples = ['test/examples/vitest.ts', 'test/examples/node-test.ts'];

test('the examples of the README are the files that are compiled and run', async () => {
  const readme = await readFile(new URL('README.md', folder), 'utf8');
  for (const path of examples) {
    const shown = new RegExp(`<!-- ${path} -->\n\n\`\`\`ts\n(.*?)\`\`\``, 's').exec(readme)?.[1];
    assert.equal(shown, await readFile(new URL(path, folder), 'utf8'), path);
  }
});

test('the suite runs under node:test', async () => {
  const example = fileURLToPath(new URL('test/examples/node-test.ts', folder));
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', example]);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(150);
  expect(stdout).toContain('ThreadStore contract: MyThreadStore');
});
