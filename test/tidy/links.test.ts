import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository, type RepositoryFile } from './repository.ts';

const isPage = (path: string): boolean => path.endsWith('.md');

/** A page without its code blocks and code spans: what looks like a link there is none. */
const withoutCode = (text: string): string => text.replaceAll(/^(```+)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replaceAll(/^(```+)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} +(.+)$/gm)];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links of pages to files or headings that are not there. Links to other sites are not followed. */
function brokenLinks(files: readonly RepositoryFile[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const isHere = (path: string): boolean => texts.has(path) || files.some((file) => file.path.startsWith(`${path}/`));
  return files
    .filter(({ path }) => isPage(path))
    .flatMap((page) => {
      const links = [...withoutCode(page.text).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]: *(\S+)/gm)];
      return links.flatMap(([, inline, reference]) => {
        const link = inline ?? reference ?? '';
        if (/^[a-z]+:/.test(link)) return [];
        const [place = '', anchor] = link.split('#');
        const path = place === '' ? page.path : posix.join(posix.dirname(page.path), place).replace(/\/$/, '');
        if (!isHere(path)) return [`${page.path}: ${link} is not there`];
        const lacks = anchor !== undefined && isPage(path) && !anchorsOf(texts.get(path) ?? '').has(anchor);
        return lacks ? [`${page.path}: ${link} is no heading there`] : [];
      });
    });
}

describe('links', () => {
  test('lead somewhere', () => {
    expect(brokenLinks(repository)).toEqual([]);
  });

  test('to what is not there are found', () => {
    const text = [
      '# The Store, and `why`',
      '[a](docs/a.md) [b](docs/gone.md) [c](docs/a.md#two-words) [d](docs/a.md#none) [e](#the-store-and-why) [f](#no)',
      '[g](https://example.org/gone) [h](docs) ![i](gone.png "a title") `[j](gone)`',
      '[k]: ./gone.md',
      '```md\n[l](gone)\n```',
    ].join('\n');
    const files = [
      { path: 'README.md', text },
      { path: 'docs/a.md', text: '## Two words\n[up](../README.md)' },
    ];
    expect(brokenLinks(files)).toEqual([
      'README.md: docs/gone.md is not there',
      'README.md: docs/a.md#none is no heading there',
      'README.md: #no is no heading there',
      'README.md: gone.png is not there',
      'README.md: ./gone.md is not there',
    ]);
  });
});
