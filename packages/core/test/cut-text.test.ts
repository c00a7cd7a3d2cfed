import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutText } from '../src/policy/cut-text.ts';

describe('a text is cut', () => {
  test('not up to 10,000 bytes', () => {
    for (const text of ['', 'a'.repeat(10_000), 'ż'.repeat(5_000), '🚀'.repeat(2_500)])
      expect(cutText(text)).toBe(text);
  });

  test('beyond them, in the middle', () => {
    const [start, end] = ['a'.repeat(5_000), 'b'.repeat(5_000)];
    expect(cutText(`${start}x${end}`)).toBe(`${start}…1 chars truncated…${end}`);
    expect(cutText(`${start}${'🚀'.repeat(1_234)}${end}`)).toBe(`${start}…1234 chars truncated…${end}`);
  });

  test('between characters, of several bytes too', () => {
    // The 5,000th byte from either end is within a character of three bytes.
    expect(cutText('語'.repeat(4_000))).toBe(`${'語'.repeat(1_666)}…668 chars truncated…${'語'.repeat(1_666)}`);
    const rockets = cutText(`ab${'🚀'.repeat(3_000)}c`);
    expect(rockets).toBe(`ab${'🚀'.repeat(1_249)}…502 chars truncated…${'🚀'.repeat(1_249)}c`);
  });

  test('never twice', () => {
    const cut = cutText('a'.repeat(20_000));
    expect(Buffer.byteLength(cut)).toBeGreaterThan(10_000);
    expect(cutText(cut)).toBe(cut);
    const likeMarkers = cutText(`${'a'.repeat(4_980)}…5 chars truncated${'b'.repeat(9_000)}`);
    expect(cutText(likeMarkers)).toBe(likeMarkers);
  });

  test('again when it has grown since', () => {
    const grown = cutText('a'.repeat(20_000)) + 'b'.repeat(30);
    expect(cutText(grown)).toMatch(/^a{5000}…\d+ chars truncated…a{4970}b{30}$/);
  });

  test('to what is left of whole characters at both ends', () => {
    const characters = fc.array(fc.constantFrom('a', 'ż', '語', '🚀'), { minLength: 3_000, maxLength: 4_000 });
    fc.assert(
      fc.property(characters, (given) => {
        const text = given.join('').repeat(3);
        const cut = cutText(text);
        const {
          start = '',
          count = '',
          end = '',
        } = /^(?<start>.*)…(?<count>\d+) chars truncated…(?<end>.*)$/su.exec(cut)?.groups ?? {};
        expect(text.startsWith(start) && text.endsWith(end)).toBe(true);
        expect(Array.from(start + end).length + Number(count)).toBe(Array.from(text).length);
        for (const part of [start, end]) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(5_000);
          expect(Buffer.byteLength(part)).toBeGreaterThan(4_996);
        }
      }),
      { numRuns: 20 },
    );
  });
});
