import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file of the repository; its path is relative to the root. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

function readRepository(): readonly RepositoryFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files: RepositoryFile[] = [];
  for (const path of new Set(listed.split('\0'))) {
    const place = join(root, path);
    // A listed file may be deleted and not yet committed so; a file with a NUL is no text.
    if (path === '' || !existsSync(place) || !lstatSync(place).isFile()) continue;
    const text = readFileSync(place, 'utf8');
    if (!text.includes('\0')) files.push({ path, text });
  }
  return files;
}

/** Every text file that is committed or would be: tracked, or new and not ignored. */
export const repository: readonly RepositoryFile[] = readRepository();

/** Whether the file was made by a tool. */
export function isGenerated(path: string): boolean {
  return /^packages\/[^/]+\/src\/gen\//.test(path) || path === 'package-lock.json';
}

/** Whether the file is TypeScript or JavaScript that people wrote. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path) && !isGenerated(path);
}

/** Whether the file is code that is not a test: what is published, the repository's scripts, and configuration. */
export function isSource(path: string): boolean {
  return isCode(path) && !/^(packages\/[^/]+\/)?test\//.test(path);
}
