import { readFileSync } from 'node:fs';
import { errorReasonCodes } from '@threadstore/core';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md tells every reason with its code, and no other', () => {
  const told = [...page.matchAll(/^\| `([A-Z_]+)` +\| `([a-z_]+)` +\|/gm)].map(([, reason, code]) => [reason, code]);
  expect(Object.fromEntries(told)).toEqual(errorReasonCodes);
  expect(told).toHaveLength(Object.keys(errorReasonCodes).length);
});
