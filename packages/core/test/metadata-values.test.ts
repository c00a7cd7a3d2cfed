import { describe, expect, test } from 'vitest';
import { fittedText, loggedTime } from '../src/live/metadata-values.ts';

describe('texts for metadata', () => {
  test('are well-formed, without NUL, and cut at a character', () => {
    expect(fittedText('a\0b\ud83cc', 100)).toBe('a\uFFFDb\uFFFDc');
    expect(fittedText('żółć', 5)).toBe('żó');
    expect(fittedText('🌹🌹', 7)).toBe('🌹');
    expect(fittedText('x'.repeat(100), 10)).toBe('x'.repeat(10));
  });

  test.each([
    ['2026-02-03T10:15:30.5Z', '2026-02-03T10:15:30.500Z'],
    ['2026-02-03T10:15:30+01:00', '2026-02-03T09:15:30.000Z'],
    ['2026-11-20T11:12:37.665834721Z', '2026-11-20T11:12:37.665Z'],
    ['2026-02-03T10-15-30', '2026-02-03T10:15:30.000Z'],
  ])('the time %s', (text, iso) => {
    expect(loggedTime(text)?.toISOString()).toBe(iso);
  });

  test.each([
    undefined,
    '',
    'yesterday',
    '2026-02-03',
    '2026-13-03T10:15:30Z',
    '1770113730',
    '+275760-09-13T00:00:00Z',
  ])('no time: %s', (text) => {
    expect(loggedTime(text)).toBeNull();
  });
});
