import { type RepositoryFile } from './repository.ts';

/** The members of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The members of a tsconfig.json that the checks read. */
export interface Project {
  readonly references?: readonly { readonly path: string }[];
}

/** The package.json of a folder, `''` for the root's; undefined if it has none. */
export function manifestIn(files: readonly RepositoryFile[], folder: string): Manifest | undefined {
  return json(files, 'package.json', folder) as Manifest | undefined;
}

/** What is there when the package runs: its own dependencies, and those that its user brings. */
export function dependenciesOf(manifest: Manifest | undefined): Readonly<Record<string, string>> {
  return { ...manifest?.dependencies, ...manifest?.peerDependencies };
}

/** The tsconfig.json of a folder, `''` for the root's; undefined if it has none. */
export function projectIn(files: readonly RepositoryFile[], folder: string): Project | undefined {
  return json(files, 'tsconfig.json', folder) as Project | undefined;
}

function json(files: readonly RepositoryFile[], name: string, folder: string): unknown {
  const path = folder === '' ? name : `${folder}/${name}`;
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? undefined : JSON.parse(file.text);
}

/** The folder of the package that a file is in, as `packages/x`, or undefined for a file outside of all. */
export function packageFolderOf(path: string): string | undefined {
  return /^packages\/[^/]+/.exec(path)?.[0];
}

/** The package that an import names: without the subpath, with the scope. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
