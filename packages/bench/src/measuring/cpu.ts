import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second towards programs, whatever its own clock does. */
const msPerTick = 10;

interface ProcessTimes {
  readonly parent: number;
  /** Of the process itself and of those of its children that ended and were waited for. */
  readonly ms: number;
  /** Of those children alone. */
  readonly endedMs: number;
}

/** CPU time of a process and of all that descend from it, ended ones included, in milliseconds; null away from Linux. */
export function treeCpuMs(pid: number): number | null {
  const all = processes();
  if (!all.has(pid)) return null;
  let ms = 0;
  for (const [candidate, times] of all) if (descends(all, candidate, pid)) ms += times.ms;
  return ms;
}

/** CPU time of the children of this process that have ended, in milliseconds; null away from Linux. */
export function endedChildrenCpuMs(): number | null {
  return timesOf(process.pid)?.endedMs ?? null;
}

function descends(all: ReadonlyMap<number, ProcessTimes>, pid: number, ancestor: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at !== 0; at = all.get(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

function processes(): ReadonlyMap<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  if (process.platform !== 'linux') return all;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const times = timesOf(pid);
    if (times !== undefined) all.set(pid, times);
  }
  return all;
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, so count from its end: state, parent, ..., utime, stime, cutime, cstime.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    const endedMs = (endedUser + endedSystem) * msPerTick;
    return { parent: fields[1] ?? 0, ms: (user + system) * msPerTick + endedMs, endedMs };
  } catch {
    return undefined;
  }
}
