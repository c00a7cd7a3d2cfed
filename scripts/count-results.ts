// Counts what a CI run found, prints `N passed, N failed` as the last line, and exits with 1 if anything failed.
//
//   node scripts/count-results.ts <folder with tests.json and checks.json> <exit code of the tests> <of the checks>
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './command.ts';

/** The members of vitest's JSON report that are read here. */
interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const [folder = '', testsExit, checksExit] = process.argv.slice(2);

function report(name: string): unknown {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

const tests = report('tests.json') as TestReport | undefined;
const files = tests?.testResults ?? [];
const results = files.flatMap((file) => file.assertionResults.map(({ status }) => status));
const count = (status: string): number => results.filter((result) => result === status).length;

const passed = count('passed');
const skipped = results.length - passed - count('failed');
let failed = count('failed');

// A file that could not be loaded, or whose hooks failed, has no failed test to show for it.
for (const file of files) {
  if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
    say(`failed: ${file.name}`);
    failed += 1;
  }
}
if (failed === 0 && (testsExit !== '0' || tests?.success !== true)) {
  say('failed: the test run itself');
  failed += 1;
}

const failedChecks = (report('checks.json') as readonly string[] | undefined) ?? ['the checks themselves'];
for (const check of failedChecks) say(`failed: npm run ${check}`);
failed += failedChecks.length;
if (checksExit !== '0' && failedChecks.length === 0) failed += 1;

say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
