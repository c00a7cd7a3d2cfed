import { expect, test } from 'vitest';
import { lockFaults, type Lock } from '../../scripts/lock-faults.ts';

const integrity = `sha512-${'a'.repeat(86)}==`;
const lockOf = (entry: object): Lock => ({
  lockfileVersion: 3,
  packages: {
    '': {},
    'packages/a': {},
    'node_modules/a': { link: true },
    'node_modules/@x/b': { integrity, ...entry },
  },
});

test.each([
  { entry: { integrity: undefined }, fault: /^node_modules\/@x\/b: no sha512 integrity$/ },
  { entry: { integrity: 'sha1-abc=' }, fault: /no sha512 integrity/ },
  { entry: { resolved: 'https://registry.example.test/b.tgz' }, fault: /: comes from a place of its own$/ },
  { entry: { resolved: 'git+ssh://git@example.test/b.git' }, fault: /: comes from a place of its own$/ },
  { entry: { hasInstallScript: true }, fault: /has an install script/ },
])('a lock file with $entry', ({ entry, fault }) => {
  const faults = lockFaults(lockOf(entry), ['c']);
  expect(faults).toEqual([expect.stringMatching(fault)]);
});

test('a package with its hash is fine, and an install script that was decided about is fine, in a nested place, too', () => {
  expect(lockFaults(lockOf({}), [])).toEqual([]);
  expect(lockFaults(lockOf({ hasInstallScript: true }), ['@x/b'])).toEqual([]);
  const packages = { 'node_modules/a/node_modules/b': { integrity, hasInstallScript: true } };
  expect(lockFaults({ lockfileVersion: 3, packages }, ['b'])).toEqual([]);
  expect(lockFaults({ lockfileVersion: 2, packages: {} }, [])).toEqual(['lockfileVersion: expected 3 (got 2)']);
});
