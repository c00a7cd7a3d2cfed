// Counts what a CI run found, names what failed, prints `N passed, N failed` as the last line, and exits with 1 if anything failed.
//
//   node scripts/count-results.ts <folder with tests.json and checks.json> <exit code of the tests> <of the checks>
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, say } from './command.ts';

/** The members of vitest's JSON report that are read here. */
interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
    }[];
  }[];
}

/** A record that shows the end of the run alone should show them all, and no more than a screen. */
const namesMax = 50;

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

const names = files.flatMap((file) => {
  const path = relative(root, file.name);
  const ofFile = file.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ ancestorTitles, title }) => [path, ...ancestorTitles, title].join(' › ').replaceAll(/\s+/g, ' '));
  // A file that could not be loaded, or whose hooks failed, has no failed test to show for it.
  return ofFile.length === 0 && file.status === 'failed' ? [path] : ofFile;
});
let failed = names.length;
for (const name of names.slice(0, namesMax)) say(`failed: ${name}`);
if (failed > namesMax) say(`failed: ${failed - namesMax} more`);

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
