import { describe, expect, test } from 'vitest';
import { jsonText } from '../src/cli/format/json-text.ts';
import { factsText, tableText } from '../src/cli/format/table.ts';
import { visibleText } from '../src/cli/format/visible-text.ts';

describe('texts of others', () => {
  test.each([
    ['plain, żółć 🚀', 'plain, żółć 🚀'],
    ['two\nlines\tand\rmore', String.raw`two\nlines\tand\rmore`],
    ['\u001b[2J\u0007\u0000', String.raw`\x1b[2J\x07\x00`],
    ['\u009b31m \u0085', String.raw`\x9b31m \x85`],
    ['\u202eevil\u2066\u200f', String.raw`\u202eevil\u2066\u200f`],
    ['\u2028\u2029\uFEFF', String.raw`\u2028\u2029\ufeff`],
    ['\ud83c', '\uFFFD'],
  ])('%j is printed harmlessly', (text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });
});

describe('JSON', () => {
  test('times are RFC 3339, and whole numbers are numbers while a double holds them', () => {
    const value = { at: new Date(0), small: 2n ** 53n - 1n, large: 2n ** 53n, negative: -1n, none: null };
    expect(jsonText(value)).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","small":9007199254740991,"large":"9007199254740992","negative":-1,"none":null}',
    );
  });
});

describe('tables', () => {
  const columns = [{ title: 'ID' }, { title: 'KIND', min: 4, optional: true }, { title: 'TEXT', min: 6 }];
  const rows = [
    ['0191a000', 'a long kind of thing', 'the text that matters most'],
    ['0191a001', '🌹🌹🌹🌹', 'two\nlines, żółć'],
  ];

  test('wide enough: nothing is cut', () => {
    expect(tableText(columns, rows, 100)).toBe(
      [
        'ID        KIND                  TEXT',
        '0191a000  a long kind of thing  the text that matters most',
        String.raw`0191a001  🌹🌹🌹🌹              two\nlines, żółć`,
        '',
      ].join('\n'),
    );
  });

  test.each([60, 50, 45, 40, 30, 22])('no line is longer than %i columns', (width) => {
    const lines = tableText(columns, rows, width).split('\n');
    expect(lines).toHaveLength(rows.length + 2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('0191a000');
  });

  test('left columns are cut first, and left out where they do not fit', () => {
    expect(tableText(columns, rows, 45)).toContain('the text that matters most');
    expect(tableText(columns, rows, 20)).not.toContain('KIND');
    expect(tableText(columns, rows, 20)).toContain('the te');
  });

  test('facts are not cut', () => {
    const long = 'x'.repeat(300);
    expect(
      factsText([
        ['a', long],
        ['longer', '\u001b'],
      ]),
    ).toBe(`a       ${long}\nlonger  \\x1b\n`);
  });
});
