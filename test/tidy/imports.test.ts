import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { areaOf, importTable, opens } from './import-table.ts';
import { dependenciesOf, manifestIn, packageFolderOf, packageOf } from './manifest.ts';
import { isCode, repository, type RepositoryFile } from './repository.ts';
import { importsOf } from './syntax.ts';

/** One import of one file, where it is checked. */
interface Import {
  readonly path: string;
  readonly specifier: string;
}

function importsIn(files: readonly RepositoryFile[]): Import[] {
  const code = files.filter((file) => isCode(file.path));
  return code.flatMap((file) => importsOf(file).map((specifier) => ({ path: file.path, specifier })));
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** Imports of package sources that the import table does not list, and sources outside of the table. */
function outsideTheTable(files: readonly RepositoryFile[]): string[] {
  return importsIn(files).flatMap(({ path, specifier }) => {
    const area = areaOf(path);
    if (area === undefined)
      return /^packages\/[^/]+\/src\//.test(path) ? [`${path}: in no area of the import table`] : [];
    if (isRelative(specifier) || specifier.startsWith('node:')) return [];
    const listed = importTable[area]?.some((entry) => opens(entry, specifier)) ?? false;
    return listed ? [] : [`${path}: ${specifier} is not in the import table of ${area}`];
  });
}

/** Relative imports that leave their package, and others that reach into one. */
function acrossPackages(files: readonly RepositoryFile[]): string[] {
  return importsIn(files).flatMap(({ path, specifier }) => {
    if (!isRelative(specifier)) return [];
    const target = posix.join(posix.dirname(path), specifier);
    const [from, to] = [packageFolderOf(path), packageFolderOf(target)];
    const fromTest = path.startsWith(`${from}/test/`);
    const allowed = from === to || (fromTest && target.startsWith('test/'));
    return allowed ? [] : [`${path}: ${specifier} leaves its package`];
  });
}

/** Imports of packages that the importing package does not declare. */
function undeclared(files: readonly RepositoryFile[]): string[] {
  const root = manifestIn(files, '');
  return importsIn(files).flatMap(({ path, specifier }) => {
    if (isRelative(specifier) || isBuiltin(specifier)) return [];
    const folder = packageFolderOf(path) ?? '';
    const own = manifestIn(files, folder);
    // What is published must bring what it imports; tests and private packages may use what is there for development.
    const published = path.startsWith(`${folder}/src/`) && own?.private !== true;
    const declared = published
      ? dependenciesOf(own)
      : { ...dependenciesOf(own), ...own?.devDependencies, ...root?.devDependencies };
    const name = packageOf(specifier);
    return name in declared || name === own?.name ? [] : [`${path}: ${name} is not declared in ${folder}/package.json`];
  });
}

/** Dependencies of a package that no area of the import table gives it. */
function unlisted(files: readonly RepositoryFile[]): string[] {
  const folders = new Set(Object.keys(importTable).map((area) => packageFolderOf(area) ?? ''));
  return [...folders].flatMap((folder) => {
    const areas = Object.entries(importTable).filter(([area]) => area.startsWith(`${folder}/`));
    const entries = new Set(areas.flatMap(([, open]) => open.map(packageOf)));
    const dependencies = Object.keys(dependenciesOf(manifestIn(files, folder)));
    return dependencies
      .filter((name) => !entries.has(name))
      .map((name) => `${folder}/package.json: ${name} is not in the import table of ${folder}`);
  });
}

const manifest = (folder: string, members: object): RepositoryFile => ({
  path: `packages/${folder}/package.json`,
  text: JSON.stringify({ name: `@threadstore/${folder}`, ...members }),
});

describe('imports', () => {
  test('package sources import what the table lists', () => {
    expect(outsideTheTable(repository)).toEqual([]);
  });

  test.each([
    ['packages/core/src/a.ts', `import pg from 'pg';`],
    ['packages/core/src/a.ts', `export { a } from '@threadstore/protocol';`],
    ['packages/core/src/a.ts', `export * from 'pino';`],
    ['packages/core/src/a.ts', `import type { A } from 'pg';`],
    ['packages/core/src/a.ts', `type A = import('pg').A;`],
    ['packages/core/src/a.ts', `const a = await import('pg');`],
    ['packages/core/src/a.ts', `const a = require('pg');`],
    ['packages/client/src/a.ts', `import '@threadstore/core/src/index.ts';`],
    ['packages/protocol/src/a.ts', `import '@threadstore/core/internal';`],
    ['packages/server/src/a.ts', `import '@threadstore/postgres';`],
    ['packages/server/src/a.ts', `import '@threadstore/testkit';`],
    ['packages/other/src/a.ts', `import 'node:fs';`],
  ])('%s may not say %s', (path, text) => {
    expect(outsideTheTable([{ path, text }])).toHaveLength(1);
  });

  test.each([
    ['packages/core/src/a.ts', `import 'node:fs'; import './b.ts';`],
    ['packages/protocol/src/a.ts', `import '@bufbuild/protobuf/wkt';`],
    ['packages/client/src/a.ts', `import '@threadstore/core/internal';`],
    ['packages/server/src/cli/a.ts', `import '@threadstore/postgres';`],
    ['packages/core/test/a.test.ts', `import 'vitest';`],
  ])('%s may say %s', (path, text) => {
    expect(outsideTheTable([{ path, text }])).toEqual([]);
  });

  test('relative imports stay in their package', () => {
    expect(acrossPackages(repository)).toEqual([]);
  });

  test.each([
    ['packages/core/src/a.ts', `import '../../client/src/b.ts';`],
    ['packages/core/src/a.ts', `import '../../../test/help.ts';`],
    ['packages/core/test/a.test.ts', `import '../../client/test/b.ts';`],
    ['test/a.test.ts', `import '../packages/client/src/b.ts';`],
  ])('the import of %s that says %s leaves', (path, text) => {
    expect(acrossPackages([{ path, text }])).toHaveLength(1);
  });

  test('what is imported is declared', () => {
    expect(undeclared(repository)).toEqual([]);
  });

  test('an undeclared import is found, and in published sources one that is declared for development only', () => {
    const source = { path: 'packages/core/src/a.ts', text: `import 'pg/lib/x.js';` };
    const development = { devDependencies: { pg: '1' } };
    expect(undeclared([source, manifest('core', {})])).toHaveLength(1);
    expect(undeclared([source, manifest('core', development)])).toHaveLength(1);
    expect(undeclared([source, manifest('core', { private: true, ...development })])).toEqual([]);
    expect(undeclared([source, manifest('core', { dependencies: { pg: '1' } })])).toEqual([]);
    expect(undeclared([{ ...source, path: 'packages/core/test/a.test.ts' }, manifest('core', {})])).toHaveLength(1);
  });

  test('what is declared is in the table', () => {
    expect(unlisted(repository)).toEqual([]);
  });

  test('a dependency outside of the table is found', () => {
    expect(unlisted([manifest('core', { dependencies: { pg: '1' } })])).toHaveLength(1);
    expect(unlisted([manifest('postgres', { dependencies: { pg: '1' } })])).toEqual([]);
  });
});
