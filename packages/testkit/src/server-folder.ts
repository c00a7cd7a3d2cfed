import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitFor } from './wait-for.ts';

/** Whom the server runs as: of no effect unless this process is root, whom Postgres refuses to run as. */
export type ServerUser = { readonly uid: number; readonly gid: number } | Readonly<Record<never, never>>;

const prefix = 'threadstore-test-postgres-';

/** Where server folders may stand: the first of these that a server's user can walk to. */
const parents = (): readonly string[] => [...new Set([tmpdir(), '/tmp', '/var/tmp'])];

/** Makes the temporary folder of one native server. It holds all that the server leaves on disk. */
export function makeServerFolder(): string {
  const parent = parents().find(open);
  if (parent === undefined)
    throw new Error(`native Postgres: other users can't walk to a temporary folder (tried ${parents().join(', ')})`);
  const folder = mkdtempSync(join(parent, prefix));
  writeFileSync(join(folder, 'owner.pid'), String(process.pid));
  return folder;
}

/** Gives the folder to the user whom the server runs as, so that this user can also remove it. */
export function giveServerFolder(folder: string, user: ServerUser): void {
  if ('uid' in user) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}

/** Whether users other than root can walk to the folder. Without root the server is ours, and walks where we do. */
function open(folder: string): boolean {
  if (process.getuid?.() !== 0) return true;
  const walkable = (statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o001;
  return walkable !== 0 && (dirname(folder) === folder || open(dirname(folder)));
}

/**
 * Ends the servers and removes the folders of test runs that were killed so hard that nothing of them could clean up. Those of
 * runs that still live are left alone.
 */
export async function sweepServerFolders(): Promise<void> {
  for (const parent of parents()) {
    for (const name of namesIn(parent)) if (name.startsWith(prefix)) await sweep(join(parent, name));
  }
}

async function sweep(folder: string): Promise<void> {
  if (!isOurs(folder)) return;
  const owner = pidIn(join(folder, 'owner.pid'));
  if (owner === undefined ? isFresh(folder) : isAlive(owner)) return;
  const server = pidIn(join(folder, 'data', 'postmaster.pid'));
  // The process may be another one by now, that got the number: Postgres names its folder in its arguments.
  if (server !== undefined && isAlive(server) && argumentsOf(server).includes(folder)) {
    process.kill(server, 'SIGQUIT');
    await waitFor(() => !isAlive(server), { what: `the orphaned Postgres ${server} to end` });
  }
  // Another run may be sweeping too.
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** On a machine that people share, everybody sweeps their own. Root owns all, as it gave its folders away. */
function isOurs(folder: string): boolean {
  const us = process.getuid?.();
  return us === 0 || statSync(folder, { throwIfNoEntry: false })?.uid === us;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A folder without an owner is one that is being made this very moment, or what is left of one. */
function isFresh(folder: string): boolean {
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - made < 60_000;
}

function pidIn(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What the process was started with, or nothing if that can't be told. */
function argumentsOf(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
