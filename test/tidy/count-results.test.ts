import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Run {
  /** What each test file came to: the statuses of its tests. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Files of which a hook failed. */
  readonly broken?: readonly string[];
  readonly checks?: readonly string[];
}

/** The lines that a run ends with, and the exit code. */
async function counted({ files, broken = [], checks = [] }: Run): Promise<[lines: string[], code: number | null]> {
  const folder = await mkdtemp(join(tmpdir(), 'count-results-'));
  const testResults = Object.entries(files).map(([name, statuses]) => ({
    name: join(root, name),
    status: broken.includes(name) || statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map((status, at) => ({ status, ancestorTitles: ['calls'], title: `test ${at}` })),
  }));
  const success = testResults.every(({ status }) => status === 'passed');
  try {
    await writeFile(join(folder, 'tests.json'), JSON.stringify({ success, testResults }));
    await writeFile(join(folder, 'checks.json'), JSON.stringify(checks));
    const exits = [success ? '0' : '1', checks.length === 0 ? '0' : '1'];
    const script = join(root, 'scripts/count-results.ts');
    const { stdout, status } = spawnSync(process.execPath, [script, folder, ...exits], { encoding: 'utf8' });
    return [stdout.trimEnd().split('\n'), status];
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a run that is fine ends with what passed', async () => {
  const [lines, code] = await counted({ files: { 'test/a.test.ts': ['passed', 'skipped', 'passed'] } });
  expect(lines).toEqual(['2 passed, 0 failed, 1 skipped']);
  expect(code).toBe(0);
});

test('failed tests, files and checks are named before the count', async () => {
  const [lines, code] = await counted({
    files: { 'test/a.test.ts': ['passed', 'failed'], 'test/b.test.ts': [], 'test/c.test.ts': ['passed'] },
    broken: ['test/b.test.ts', 'test/c.test.ts'],
    checks: ['knip'],
  });
  expect(lines).toEqual([
    'failed: test/a.test.ts › calls › test 1',
    'failed: test/b.test.ts',
    'failed: test/c.test.ts',
    'failed: npm run knip',
    '2 passed, 4 failed',
  ]);
  expect(code).toBe(1);
});

test('of many failed tests fifty are named', async () => {
  const [lines] = await counted({ files: { 'test/a.test.ts': Array.from({ length: 60 }, () => 'failed') } });
  expect(lines).toHaveLength(52);
  expect(lines.slice(-2)).toEqual(['failed: 10 more', '0 passed, 60 failed']);
});
