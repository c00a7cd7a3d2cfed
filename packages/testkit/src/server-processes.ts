import { readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

/** A process and its children, without theirs: all that a Postgres server consists of. The children are known on Linux only. */
export function processAndChildren(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  } catch {
    return [pid];
  }
}

/** Stops a server with all its processes, the first one first, so that it starts no more. */
export function freezeAll(pid: number): readonly number[] {
  signalAll([pid], 'SIGSTOP');
  const all = processAndChildren(pid);
  signalAll(all, 'SIGSTOP');
  return all;
}

/** Kills processes by SIGKILL, and resolves when all are gone. Also those that are stopped end. */
export async function killAll(pids: readonly number[]): Promise<void> {
  signalAll(pids, 'SIGKILL');
  await waitFor(() => pids.every(isGone), { timeoutMs: 30_000, what: 'killed processes to be gone' });
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** The state of a process, a letter as `ps` shows it; undefined for one that is not there. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Where nobody reaps processes a dead one stays, as a zombie. */
function isGone(pid: number): boolean {
  return [undefined, 'Z', 'X'].includes(stateOf(pid));
}
