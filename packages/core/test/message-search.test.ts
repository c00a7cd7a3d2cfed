import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../src/message-search/fold.ts';
import { matchSnippet, searchTerm } from '../src/message-search/term.ts';
import { searchWords } from '../src/message-search/words.ts';

const snippet = (text: string, term: string): string | null => matchSnippet(text, searchTerm(term));

describe('folding', () => {
  test('never changes the length, character by character', () => {
    const characters = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code));
    expect(characters.filter((character) => fold(character).length !== character.length)).toEqual([]);
  });

  test('of a part is the part of the folding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(fold(a + b)).toBe(fold(a) + fold(b));
      }),
    );
    expect(fold('ΟΔΟΣ')).toBe(fold('οδος'));
    expect(fold('İstanbul')).toBe('istanbul');
  });
});

describe('the words of a text', () => {
  test.for<[string, string[]]>([
    ['', []],
    ['  .,;% ', []],
    ['Deploy the API, deploy!', ['deploy', 'the', 'api']],
    ['snake_case kebab-case a.b', ['snake_case', 'kebab', 'case', 'a', 'b']],
    ['naïve Ünïcode cafe\u0301', ['naïve', 'ünïcode', 'cafe\u0301']],
    ['日本語のテスト', ['日', '本', '語', 'の', 'テ', 'ス', 'ト']],
    ['v2を使うx', ['v2', 'を', '使', 'う', 'x']],
    ['コーヒー', ['コ', 'ー', 'ヒ']],
    ['ไทย', ['ไ', 'ท', 'ย']],
    ['한국어 тест', ['한국어', 'тест']],
    ['go 🚀 now🚀', ['go', 'now']],
    ['a\0b\ud800c', ['a', 'b', 'c']],
    ["it's \\d+ 100%", ['it', 's', 'd', '100']],
    ['𝐀𝐁', ['𝐀𝐁']],
  ])('%j', ([text, words]) => {
    expect(searchWords(text)).toEqual(words);
  });

  test('are cut to 64 characters, never within one', () => {
    expect(searchWords('x'.repeat(100))).toEqual(['x'.repeat(64)]);
    expect(searchWords(`x${'𝐀'.repeat(40)}`)).toEqual([`x${'𝐀'.repeat(31)}`]);
  });

  test('are so many at most, and so long altogether', () => {
    const numbers = Array.from({ length: 10_000 }, (_, n) => `w${n}`);
    expect(searchWords(numbers.join(' '))).toEqual(numbers.slice(0, 8_192));
    expect(searchWords('a b a c d', 3)).toEqual(['a', 'b', 'c']);
    const long = Array.from({ length: 8_192 }, (_, n) => `${'ა'.repeat(60)}${n}`).join(' ');
    const words = searchWords(long);
    expect(words.length).toBeGreaterThan(4_000);
    // What a Postgres tsvector holds.
    expect(Buffer.byteLength(words.join('')) + 16 * words.length).toBeLessThan(2 ** 20);
  });
});

describe('a term', () => {
  test.for<[string, string[], string | null]>([
    ['deploy', [], 'deploy'],
    [' Deploy  The ', ['deploy'], 'the'],
    ['deploy the.', ['deploy', 'the'], null],
    ['100%', ['100'], null],
    ['.env', [], 'env'],
    ['a a a', ['a'], 'a'],
    ['日本', ['日', '本'], null],
    ['日本x', ['日', '本'], 'x'],
    ['x'.repeat(100), [], 'x'.repeat(64)],
    [`${'x'.repeat(100)}!`, ['x'.repeat(64)], null],
  ])('%j has these words', ([text, words, lastWordStart]) => {
    expect(searchTerm(text)).toEqual({ text: text.trim(), words, lastWordStart });
  });
});

describe('a message matches', () => {
  test.for<[string, string]>([
    ['The deployment is done', 'deploy'],
    ['The DEPLOY is done', 'deploy'],
    ['deploy', 'DEPLOY'],
    ['one\n\t two', 'one two'],
    ['one two', ' one \n two '],
    ['100% sure', '100%'],
    ['a_b', 'a_b'],
    ['C:\\temp\\x', '\\temp'],
    ['a.*b', '.*b'],
    ['f(x) = [y]', 'f(x) = ['],
    ['$HOME^', '$home'],
    ['日本語', '本語'],
    ['使うx', 'x'],
    ['Ünïcode', 'üN'],
    ['ΟΔΟΣ', 'οδος'],
    ['in İstanbul', 'istanbul'],
    ['go🚀now', '🚀now'],
    ['go🚀now', 'now'],
    ['a-b', 'b'],
    ['undeploy, then deploy', 'deploy'],
    ['x'.repeat(200), 'x'.repeat(100)],
  ])('%j: %j', ([text, term]) => {
    expect(snippet(text, term)).not.toBeNull();
  });
});

describe('a message does not match', () => {
  test.for<[string, string]>([
    ['undeploy', 'deploy'],
    ['100 sure', '100%'],
    ['axb', 'a_b'],
    ['axb', 'a.b'],
    ['aab', 'a*b'],
    ['percent', '%cent'],
    ['one  two', 'onetwo'],
    ['one-two', 'one two'],
    ['a_b', 'b'],
    ['cafe\u0301', '\u0301x'],
    ['𝐀b', 'b'],
    ['naive', 'naïve'],
    ['deploy', 'deploy.'],
  ])('%j: %j', ([text, term]) => {
    expect(snippet(text, term)).toBeNull();
  });
});

test('a message that matches has the words of the term', () => {
  const character = fc.constantFrom(...Array.from('aAbB_1é\u0301日本のー .,-%\\\n🚀𝐀İςΣ\0'), 'x'.repeat(70));
  const text = fc.array(character, { maxLength: 12 }).map((all) => all.join(''));
  let matches = 0;
  fc.assert(
    fc.property(text, text, fc.boolean(), fc.nat(20), fc.integer({ min: 1, max: 20 }), (a, b, isEnd, at, length) => {
      const whole = a + b;
      const term = searchTerm(isEnd ? b : whole.slice(at, at + length).toWellFormed());
      if (term.text === '' || matchSnippet(whole, term) === null) return;
      matches += 1;
      const words = searchWords(whole);
      expect(words).toEqual(expect.arrayContaining([...term.words]));
      expect(words.some((word) => word.startsWith(term.lastWordStart ?? word))).toBe(words.length > 0);
    }),
    { numRuns: 2_000 },
  );
  expect(matches).toBeGreaterThan(200);
});

describe('a snippet', () => {
  test.for<[string, string, string]>([
    ['Deploy it', 'deploy', 'Deploy it'],
    ['  a\n\n b  ', 'b', 'a b'],
    [`${'a'.repeat(47)} term ${'b'.repeat(95)}`, 'term', `${'a'.repeat(47)} term ${'b'.repeat(95)}`],
    [`${'a'.repeat(48)} term ${'b'.repeat(96)}`, 'term', `...${'a'.repeat(47)} term ${'b'.repeat(95)}...`],
    ['x\0\ud800y', 'y', 'x\ufffd\ufffdy'],
  ])('%j: %j', ([text, term, expected]) => {
    expect(snippet(text, term)).toBe(expected);
  });

  test('is cut between characters', () => {
    const text = `a${'🚀'.repeat(30)}term${'🚀'.repeat(60)}`;
    expect(snippet(text, 'term')).toBe(`...${'🚀'.repeat(24)}term${'🚀'.repeat(48)}...`);
    const odd = `a${'🚀'.repeat(24)}-term-${'🚀'.repeat(60)}`;
    expect(snippet(odd, 'term')).toBe(`...${'🚀'.repeat(23)}-term-${'🚀'.repeat(47)}...`);
  });
});
