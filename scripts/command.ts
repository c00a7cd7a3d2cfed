import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root folder: where every command runs. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the repository's root with its output shown; true if it exits with 0. */
export function runs(command: string, ...args: readonly string[]): boolean {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.error !== undefined) throw done.error;
  return done.status === 0;
}

/** Runs a command in the repository's root and shows its output only if it fails; true if it exits with 0. */
export function runsQuietly(command: string, ...args: readonly string[]): boolean {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) process.stdout.write(done.stdout + done.stderr);
  return done.status === 0;
}

/** Runs a command in a folder, the repository's root by default, and gives what it printed, or undefined if it failed. */
export function output(command: string, args: readonly string[], cwd: string = root): string | undefined {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.error !== undefined) throw done.error;
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Says a line to the person who runs the script. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Ends the script as failed, with the reason, once its other output is written. */
export function fail(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}
