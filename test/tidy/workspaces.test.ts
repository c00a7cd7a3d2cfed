import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageFolders } from './import-table.ts';
import { dependenciesOf, manifestIn, packageFolderOf, projectIn, type Manifest } from './manifest.ts';
import { repository, type RepositoryFile } from './repository.ts';

function folders(files: readonly RepositoryFile[]): string[] {
  return [...new Set(files.flatMap(({ path }) => packageFolderOf(path) ?? []))];
}

/** Packages that the workspaces, the build or the import table do not know. */
function unknownPackages(files: readonly RepositoryFile[], table = packageFolders): string[] {
  const workspaces = manifestIn(files, '')?.workspaces ?? [];
  const built = projectIn(files, '')?.references?.map(({ path }) => path) ?? [];
  return folders(files).flatMap((folder) => {
    const hasTests = files.some(({ path }) => path.startsWith(`${folder}/test/`));
    return [
      ...(workspaces.includes(folder) ? [] : [`${folder}: not in the workspaces of package.json`]),
      ...(built.includes(folder) ? [] : [`${folder}: not in the references of tsconfig.json`]),
      ...(hasTests && !built.includes(`${folder}/test`)
        ? [`${folder}/test: not in the references of tsconfig.json`]
        : []),
      ...(table.includes(posix.basename(folder)) ? [] : [`${folder}: not in the import table`]),
    ];
  });
}

/** Packages whose build references are not the siblings they depend on. */
function wrongReferences(files: readonly RepositoryFile[]): string[] {
  return folders(files).flatMap((folder) => {
    const references = projectIn(files, folder)?.references?.map(({ path }) => posix.basename(path)) ?? [];
    const dependencies = Object.keys(dependenciesOf(manifestIn(files, folder)));
    const siblings = dependencies
      .filter((name) => name.startsWith('@threadstore/'))
      .map((name) => posix.basename(name));
    const same = references.toSorted().join() === siblings.toSorted().join();
    return same ? [] : [`${folder}: references ${references.join()}, depends on ${siblings.join()}`];
  });
}

/** Manifests that differ in what all packages share. */
function unlikeManifests(files: readonly RepositoryFile[]): string[] {
  const shared = { version: '0.1.0', license: 'Apache-2.0', type: 'module', engines: { node: '>=22.12' } };
  return folders(files).flatMap((folder) => {
    const manifest = manifestIn(files, folder);
    const expected: Partial<Manifest> = { name: `@threadstore/${posix.basename(folder)}`, ...shared };
    return Object.entries(expected).flatMap(([member, value]) => {
      const got = JSON.stringify(manifest?.[member as keyof Manifest]);
      return got === JSON.stringify(value) ? [] : [`${folder}/package.json: ${member} is ${got}`];
    });
  });
}

/** Dependencies that two packages want in two versions. */
function twoVersions(files: readonly RepositoryFile[]): string[] {
  const wanted = new Map<string, Set<string>>();
  for (const folder of folders(files)) {
    const manifest = manifestIn(files, folder);
    for (const [name, version] of Object.entries({ ...manifest?.devDependencies, ...manifest?.dependencies })) {
      wanted.set(name, (wanted.get(name) ?? new Set()).add(version));
    }
  }
  const twice = [...wanted].filter(([, versions]) => versions.size > 1);
  return twice.map(([name, versions]) => `${name}: ${[...versions].join(' and ')}`);
}

const file = (path: string, content: object): RepositoryFile => ({ path, text: JSON.stringify(content) });

describe('workspaces', () => {
  test('every package is known', () => {
    expect(unknownPackages(repository)).toEqual([]);
  });

  test('a package that is not known is found', () => {
    const files = [file('packages/a/package.json', {}), file('packages/a/test/a.test.ts', {})];
    expect(unknownPackages(files)).toHaveLength(4);
    const root = [
      file('package.json', { workspaces: ['packages/a'] }),
      file('tsconfig.json', { references: [{ path: 'packages/a' }, { path: 'packages/a/test' }] }),
    ];
    expect(unknownPackages([...files, ...root], ['a'])).toEqual([]);
  });

  test('packages are built after those they depend on', () => {
    expect(wrongReferences(repository)).toEqual([]);
  });

  test('a missing reference is found, and one too many', () => {
    const depends = file('packages/a/package.json', { dependencies: { '@threadstore/b': '1', pg: '1' } });
    const refers = file('packages/a/tsconfig.json', { references: [{ path: '../b' }] });
    expect(wrongReferences([depends])).toHaveLength(1);
    expect(wrongReferences([refers])).toHaveLength(1);
    expect(wrongReferences([depends, refers])).toEqual([]);
  });

  test('manifests are alike', () => {
    expect(unlikeManifests(repository)).toEqual([]);
  });

  test('a manifest that is unlike the others is found', () => {
    const odd = file('packages/a/package.json', { name: '@threadstore/b', version: '0.1.0', type: 'module' });
    expect(unlikeManifests([odd])).toHaveLength(3);
  });

  test('a dependency has one version', () => {
    expect(twoVersions(repository)).toEqual([]);
  });

  test('two versions are found', () => {
    const a = file('packages/a/package.json', { dependencies: { pg: '^1' } });
    const b = file('packages/b/package.json', { devDependencies: { pg: '^2' } });
    expect(twoVersions([a, b])).toEqual(['pg: ^1 and ^2']);
  });
});
