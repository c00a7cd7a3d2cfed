// Runs the pure tests of the published packages on the oldest Node line they promise to work on. The repository's own Node
// is newer; this one is fetched by npx, at an exact version, and stays outside of node_modules.
import { fail, runs } from './command.ts';

const node22 = 'node@22.23.3';
const packages = ['core', 'protocol', 'client'];

const vitest = ['node', 'node_modules/vitest/vitest.mjs', 'run'];
const tests = packages.map((name) => `packages/${name}/`);
const pure = ['--exclude', '**/*.pg.test.ts', '--exclude', '**/*.e2e.test.ts'];
const passed = runs('npx', '--yes', '--package', node22, '--', ...vitest, ...tests, ...pure);
if (!passed) fail(`test:node22: tests failed on ${node22}`);
