import { readFileSync } from 'node:fs';
import { now, type Recorder } from './history/recorder.ts';

const everyMs = 1_000;

interface Sampled {
  readonly name: string;
  /** Undefined while there is no process. */
  readonly pid: number | undefined;
}

/** Records what the process of each replica holds in memory, once a second until it is disposed of. Of Linux alone; elsewhere nothing. */
export function sampleMemory(replicas: readonly Sampled[], recorder: Pick<Recorder, 'record'>): Disposable {
  const timer = setInterval(() => {
    for (const { name, pid } of replicas) {
      const rssMiB = pid === undefined ? undefined : residentMiB(pid);
      if (rssMiB !== undefined) recorder.record({ type: 'sample', at: now(), replica: name, rssMiB });
    }
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Undefined for a process that has ended. */
function residentMiB(pid: number): number | undefined {
  try {
    const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kiB === undefined ? undefined : Math.round(Number(kiB) / 1_024);
  } catch {
    return undefined;
  }
}
