import { describe, expect, test } from 'vitest';
import { isSource, repository, type RepositoryFile } from './repository.ts';
import { functionsOf } from './syntax.ts';

/** A source file is at most this long; what is longer is two things. */
const FILE_LINES_MAX = 500;
/** And at most one in ten is longer than this. */
const FILE_LINES_AIM = 300;
/** A function is at most this long: it is read on one screen. */
const FUNCTION_LINES_MAX = 70;

/** Files that may pass the limit, each with its reason. */
const longFiles: Readonly<Record<string, string>> = {};

/** Functions that may pass the limit, as `path name`, each up to a length that only ever shrinks, with its reason. */
const longFunctions: Readonly<Record<string, { readonly lines: number; readonly reason: string }>> = {};

const lineCount = (text: string): number => text.replace(/\n$/, '').split('\n').length;

function filesTooLong(files: readonly RepositoryFile[], exceptions = longFiles): string[] {
  const problems: string[] = [];
  const sources = files.filter((file) => isSource(file.path));
  for (const { path, text } of sources) {
    const lines = lineCount(text);
    if (lines > FILE_LINES_MAX && !(path in exceptions))
      problems.push(`${path}: ${lines} lines, limit ${FILE_LINES_MAX}`);
    if (lines <= FILE_LINES_MAX && path in exceptions) problems.push(`${path}: no longer needs its exception`);
  }
  for (const path of Object.keys(exceptions)) {
    if (!sources.some((file) => file.path === path)) problems.push(`${path}: excepted, but there is no such file`);
  }
  const over = sources.filter((file) => lineCount(file.text) > FILE_LINES_AIM);
  if (over.length > Math.max(1, sources.length / 10)) {
    const names = over.map((file) => file.path).join(', ');
    problems.push(`${over.length} of ${sources.length} files over ${FILE_LINES_AIM} lines, limit one in ten: ${names}`);
  }
  return problems;
}

function functionsTooLong(files: readonly RepositoryFile[], exceptions = longFunctions): string[] {
  const problems: string[] = [];
  const needed = new Set<string>();
  for (const file of files.filter(({ path }) => isSource(path))) {
    for (const { name, line, lines: length } of functionsOf(file)) {
      const key = `${file.path} ${name}`;
      const limit = exceptions[key]?.lines ?? FUNCTION_LINES_MAX;
      if (length > FUNCTION_LINES_MAX) needed.add(key);
      if (length > limit) problems.push(`${file.path}:${line}: ${name} has ${length} lines, limit ${limit}`);
    }
  }
  for (const key of Object.keys(exceptions)) {
    if (!needed.has(key)) problems.push(`${key}: no longer needs its exception`);
  }
  return problems;
}

const lines = (count: number): string => 'f();\n'.repeat(count);

describe('size', () => {
  test('no source file is too long', () => {
    expect(filesTooLong(repository)).toEqual([]);
  });

  test('a long file is found, unless it is excepted', () => {
    const file = { path: 'packages/core/src/a.ts', text: lines(FILE_LINES_MAX + 1) };
    expect(filesTooLong([file])).toEqual(['packages/core/src/a.ts: 501 lines, limit 500']);
    expect(filesTooLong([file], { [file.path]: 'because' })).toEqual([]);
    expect(filesTooLong([{ ...file, path: 'packages/core/test/a.test.ts' }])).toEqual([]);
    expect(filesTooLong([{ ...file, path: 'packages/protocol/src/gen/a.ts' }])).toEqual([]);
  });

  test('an exception that nothing needs is found', () => {
    expect(filesTooLong([{ path: 'scripts/a.ts', text: '' }], { 'scripts/a.ts': 'because' })).toHaveLength(1);
    expect(filesTooLong([], { 'scripts/a.ts': 'because' })).toHaveLength(1);
    expect(functionsTooLong([], { 'scripts/a.ts f': { lines: 90, reason: 'because' } })).toHaveLength(1);
  });

  test('too many files over the aim are found', () => {
    const files = ['a', 'b'].map((name) => ({ path: `scripts/${name}.ts`, text: lines(FILE_LINES_AIM + 1) }));
    expect(filesTooLong(files)).toHaveLength(1);
    expect(filesTooLong(files.slice(1))).toEqual([]);
  });

  test('no function is too long', () => {
    expect(functionsTooLong(repository)).toEqual([]);
  });

  test.each([
    ['a declaration', `export function long(): void {\n${lines(69)}}`],
    ['an arrow function', `export const long = async () => {\n${lines(69)}};`],
    ['a method', `class A {\n  async long() {\n${lines(69)}}\n}`],
    ['a private method', `class A { long(): void {\n${lines(69)}} }`],
    ['a member of an object', `const a = { long: () => {\n${lines(69)}} };`],
    [
      'a function in a function',
      `const short = () => 1; function long() {\n${lines(30)}short(() => {\n${lines(38)}});}`,
    ],
  ])('%s of 71 lines is found', (_, text) => {
    const file = { path: 'scripts/a.ts', text };
    expect(functionsTooLong([file])).toEqual([expect.stringContaining('long has 71 lines, limit 70')]);
    expect(functionsTooLong([file], { 'scripts/a.ts long': { lines: 71, reason: 'because' } })).toEqual([]);
    expect(functionsTooLong([{ ...file, text: text.replace('f();\n', '') }])).toEqual([]);
  });
});
