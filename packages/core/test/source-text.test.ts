import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue, SessionSource } from '../src/index.ts';
import { parseSourceText, sourceText } from '../src/source-text.ts';

test('plain origins stay as they are, structured ones have sorted keys', () => {
  expect(sourceText('cli')).toBe('cli');
  expect(sourceText('')).toBe('');
  expect(sourceText({ b: [{ d: 1, c: null }], a: 'é' })).toBe('{"a":"é","b":[{"c":null,"d":1}]}');
});

test('equal values have equal texts, and the text says all', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (source) => {
      const value = JSON.parse(JSON.stringify(source)) as SessionSource;
      expect(sourceText(reversed(value) as SessionSource)).toBe(sourceText(value));
      expect(parseSourceText(sourceText(value))).toEqual(value);
    }),
  );
});

test('different values have different texts', () => {
  const values: SessionSource[] = ['1', { a: 1 }, { a: '1' }, { a: [1] }, { a: null }, { b: 1 }, { a: {} }, {}];
  expect(new Set(values.map(sourceText)).size).toBe(values.length);
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as JsonValue[]).map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
