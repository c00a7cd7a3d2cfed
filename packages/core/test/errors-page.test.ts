import { readFileSync } from 'node:fs';
import { errorOutcomes, errorReasonCodes } from '@threadstore/core';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md tells every reason with its code, its effect and whether to try again, and no other', () => {
  const row = /^\| `([A-Z_]+)` +\| `([a-z_]+)` +\| [A-Z_]+ +\| (\w+) +\| (\w+) +\|/gm;
  const told = [...page.matchAll(row)].map(([, reason, code, effect, repeat]) => [reason, { code, effect, repeat }]);
  const meant = Object.entries(errorOutcomes).map(([reason, outcome]) => [
    reason,
    { code: errorReasonCodes[reason as keyof typeof errorReasonCodes], ...outcome },
  ]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(meant));
  expect(told).toHaveLength(meant.length);
});
