import { expect, test } from 'vitest';
import { storeCursor } from '../src/time-cursors.ts';

test.each([
  // What the app server makes of a time in whole seconds, to go back from there.
  ['2026-03-01T12:00:00.001Z', 'desc', '2026-03-01T12:00:01.000Z'],
  ['2026-03-01T11:59:59.999Z', 'asc', '2026-03-01T11:59:59.999Z'],
  // A time as it is: strictly before its second, or behind all of it.
  ['2026-03-01T12:00:00Z', 'desc', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T12:00:00Z', 'asc', '2026-03-01T12:00:00.999Z'],
  ['2026-03-01T12-00-00', 'desc', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T13:00:00.0000001+01:00', 'desc', '2026-03-01T12:00:01.000Z'],
  ['2026-03-01T12:00:00.5Z', 'asc', '2026-03-01T12:00:00.999Z'],
  ['1969-12-31T23:59:59.5Z', 'desc', '1970-01-01T00:00:00.000Z'],
] as const)('%s %s is %s', (cursor, direction, expected) => {
  expect(storeCursor(cursor, direction)).toBe(expected);
});

test('a cursor of the store, or of nobody, is left as it is', () => {
  for (const cursor of ['AQID', '', '2026-13-01T00:00:00Z', '2026-03-01'])
    expect(storeCursor(cursor, 'asc')).toBe(cursor);
});
