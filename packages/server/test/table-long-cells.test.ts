import { expect, test } from 'vitest';
import { tableText } from '../src/cli/format/table.ts';

const columns = [{ title: 'ID' }, { title: 'TEXT', min: 6 }];

test.each([
  ['wide characters', '漢'],
  ['emoji of several characters', '👩‍👩‍👧'],
  ['flags', '🇵🇱'],
  ['combining marks', 'e\u0301'],
  ['letters', 'x'],
])('as many %s as metadata can hold are cut at once, between characters', (_what, character) => {
  const text = character.repeat(65_536 / Buffer.byteLength(character));
  const begun = performance.now();
  const table = tableText(
    columns,
    Array.from({ length: 20 }, () => ['1', text]),
    20,
  );
  // Minutes, when each cell is cut a unit at a time.
  expect(performance.now() - begun).toBeLessThan(5_000);
  const [, row = ''] = table.split('\n');
  expect(row).toMatch(new RegExp(`^1   (${character})+…$`, 'u'));
});

test.each([
  ['marks', `a${'\u0301'.repeat(30_000)}`],
  ['joined emoji', '👩\u200D'.repeat(9_000)],
])('a single character of endless %s is left out', (_what, text) => {
  const begun = performance.now();
  expect(tableText(columns, [['1', `b${text}`]], 20)).toBe('ID  TEXT\n1   b…\n');
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('what fits is not cut', () => {
  expect(tableText(columns, [['1', '漢漢漢漢漢漢漢漢']], 20)).toBe('ID  TEXT\n1   漢漢漢漢漢漢漢漢\n');
});
