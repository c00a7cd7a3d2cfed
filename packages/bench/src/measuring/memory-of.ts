import { readFile, writeFile } from 'node:fs/promises';

const mebibyte = 1024;

/** Memory of a process in MiB: now, and at its peak since its start or `forgetPeakOf`. Linux only. */
export async function memoryOf(pid: number): Promise<{ readonly nowMiB: number; readonly peakMiB: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { nowMiB: kibibytes('VmRSS') / mebibyte, peakMiB: kibibytes('VmHWM') / mebibyte };
}

/** Lets the peak begin anew: that of the start-up is no matter of what comes after. Linux only. */
export async function forgetPeakOf(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
