import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../rivals', import.meta.url));
const require = createRequire(join(folder, 'package.json'));

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package that is compared with, by its own idea of what it exports: the types are those of its documentation. */
export function rival<T>(name: string): T {
  return require(name) as T;
}

export function rivalFolder(name: string): string {
  return join(folder, 'node_modules', name);
}

let problem: string | null | undefined;

/** Installs the rivals, unless they are. Returns the line of why there are none where that can't be done. */
export function rivalsProblem(): string | null {
  problem ??= installed() ? null : install();
  return problem;
}

function installed(): boolean {
  const wanted = Object.entries(manifestIn(folder)?.dependencies ?? {});
  return wanted.every(([name, version]) => manifestIn(rivalFolder(name))?.version === version);
}

function install(): string | null {
  process.stderr.write('bench: installing the rivals\n');
  // The prefix holds against that of an npm that started this.
  const args = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const ran = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (ran.status === 0 && installed()) return null;
  const reason = ran.error?.message ?? ran.stderr.trim().split('\n').at(0) ?? '';
  return `npm ci in packages/bench/rivals failed: ${reason}`;
}

function manifestIn(place: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}
