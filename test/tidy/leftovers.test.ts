import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isCode, isGenerated, isSource, repository, type RepositoryFile } from './repository.ts';

/** What may not be committed: the pattern, where it is looked for, and what to do instead. */
interface Leftover {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly where?: (path: string) => boolean;
}

const leftovers: readonly Leftover[] = [
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, instead: 'do it, or say in prose what holds and why' },
  {
    pattern: /\b(test|it|describe|suite)(\.\w+)*\.(only|skip)\b/,
    instead: 'skip on a condition, with skipIf',
    where: isCode,
  },
  {
    pattern: /\bconsole\.\w+\(/,
    instead: 'log through the logger, print through process.stdout',
    where: (path) => isSource(path) && !path.startsWith('examples/'),
  },
  { pattern: /^\s*debugger\b/, instead: 'remove it', where: isCode },
  { pattern: /^(<{7}|>{7}|={7})( |$)/, instead: 'finish the merge' },
  {
    pattern: /(?<![\w.~*:/-])\/(work|workspace|home(?!\/node\b)|root|Users|tmp)\/[\p{L}\w.-]/u,
    instead: 'a path of one machine: ask the system for a folder, or give a relative path',
  },
  {
    pattern: /\bregistry\.[\w-]+\.\w+|\bnpm\.pkg\.|_authToken|"resolved": "http/,
    instead: 'a registry is the business of whoever installs',
  },
  { pattern: /\b(issue|issues|ticket|PR)\s*#?\d+\b/i, instead: 'say what it was about' },
  { pattern: /§/, instead: 'name or link the section' },
];

/** Not looked at: what tools write, recorded sessions, and the samples of these checks. */
const isExempt = (path: string): boolean =>
  isGenerated(path) || path.endsWith('.jsonl') || path.startsWith('test/tidy/') || path === 'LICENSE';

function linesLeftOver(files: readonly RepositoryFile[]): string[] {
  return files
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, text }) => {
      const rules = leftovers.filter(({ where }) => where?.(path) ?? true);
      return text.split('\n').flatMap((line, index) => {
        const found = rules.find(({ pattern }) => pattern.test(line));
        return found === undefined ? [] : [`${path}:${index + 1}: ${found.pattern.exec(line)?.[0]} (${found.instead})`];
      });
    });
}

/** Pages that code looks for in other people's repositories. */
const foreignPages: readonly string[] = ['agents.md'];

/** Pages that are named but are not here: a reader cannot follow. Addresses are left alone. */
function pagesMissing(files: readonly RepositoryFile[]): string[] {
  const names = new Set(files.map(({ path }) => posix.basename(path)));
  const isMissing = (page: string): boolean => !names.has(page) && !foreignPages.includes(page.toLowerCase());
  return files
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, text }) => {
      const prose = text.replaceAll(/https?:\/\/\S+/g, '');
      const named = new Set(prose.match(/[\w-]+\.mdx?\b/g));
      return [...named].filter(isMissing).map((page) => `${path}: names ${page}, which is not here`);
    });
}

/** Files that a build or a tool leaves behind. */
function droppings(files: readonly RepositoryFile[]): string[] {
  const pattern = /(^|\/)(node_modules|dist|coverage)\/|\.(tsbuildinfo|tgz|log|orig|rej|swp)$|(^|\/)\.(DS_Store|env)$/;
  return files.map(({ path }) => path).filter((path) => pattern.test(path));
}

describe('leftovers', () => {
  test('no line is left over', () => {
    expect(linesLeftOver(repository)).toEqual([]);
  });

  test.each([
    '// TODO: later',
    '/* FIXME */',
    'XXX',
    'test.only("a", () => {});',
    'describe.concurrent.skip("a", () => {});',
    'it.skip.each([])("a", () => {});',
    'console.log(1);',
    '  console.error(1);',
    '  debugger;',
    '<<<<<<< HEAD',
    '// see /workspace/x/y.ts',
    'const a = "/tmp/socket";',
    'cd /home/somebody',
    '`/root/.config`',
    '(/Users/me/x)',
    '"resolved": "https://r.example/a.tgz"',
    'https://registry.example.org/pg',
    '// fixes issue #12',
    '// as in PR 7',
    '// as §3 says',
  ])('%s is found', (text) => {
    expect(linesLeftOver([{ path: 'packages/core/src/a.ts', text: `a;\n${text}\n` }])).toEqual([
      expect.stringMatching(/^packages\/core\/src\/a\.ts:2: /),
    ]);
  });

  test.each([
    'test.skipIf(a)("b", () => {});',
    'join(tmpdir(), "a");',
    'src/work/a.ts, ../tmp/a.ts, https://example.org/home/x, packages/*/tmp/x',
    'WORKDIR /home/node/app',
    'thread.only; methodOnly; todos',
  ])('%s is fine', (text) => {
    expect(linesLeftOver([{ path: 'packages/core/src/a.ts', text }])).toEqual([]);
  });

  test('every page that is named is here', () => {
    expect(pagesMissing(repository)).toEqual([]);
  });

  test('a page that is not here is found', () => {
    const here = { path: 'docs/use.md', text: 'See README.md, https://example.org/GUIDE.md and plan.md.' };
    expect(pagesMissing([here, { path: 'README.md', text: 'docs/use.md' }])).toEqual([
      'docs/use.md: names plan.md, which is not here',
    ]);
  });

  test('no tool left a file', () => {
    expect(droppings(repository)).toEqual([]);
  });

  test.each(['packages/core/dist/index.js', 'a.tsbuildinfo', 'x/a.log', '.env', 'node_modules/a/b.js'])(
    '%s is a dropping',
    (path) => {
      expect(droppings([{ path, text: '' }])).toEqual([path]);
    },
  );
});
