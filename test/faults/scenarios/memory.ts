import { readFileSync } from 'node:fs';

/** Memory of a process at its peak, in MiB; null away from Linux. */
export function peakMiB(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
