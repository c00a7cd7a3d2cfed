import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@threadstore/testkit';
import { pick } from '../random.ts';
import type { WriterProcess } from '../workload/writer-process.ts';
import { recordFault, type Scene, untilStep } from './lane.ts';
import type { FreezeStep } from './schedule.ts';

/** Threads that are taken from a process while it is stopped, at most. */
const takenMax = 4;

/** Stops writer processes, lets others take their threads, and lets them go on. */
export async function freezeWriters(scene: Scene, steps: readonly FreezeStep[]): Promise<void> {
  for (const step of steps) {
    await untilStep(scene, step);
    const { crew } = scene;
    const holding = await waitFor(() => {
      const processes = crew.processes.filter((process) => crew.heldBy(process).length > 0);
      return processes.length > 0 && processes;
    });
    await freeze(scene, pick(holding, step.processAt), step);
  }
}

async function freeze(scene: Scene, frozen: WriterProcess, { forMs, processAt }: FreezeStep): Promise<void> {
  const { crew, signal } = scene;
  const name = frozen.clients.join(' ');
  frozen.freeze();
  recordFault(scene, 'freeze', name);
  try {
    for (let taken = false; !taken && crew.heldBy(frozen).length > 0; signal.throwIfAborted()) {
      const threads = crew.heldBy(frozen).slice(0, takenMax);
      const takes = await Promise.all(threads.map((thread) => crew.takeOver(thread, processAt, frozen)));
      taken = takes.includes(true);
    }
    // The new writers write, and the old one falls behind.
    await sleep(forMs, undefined, { signal });
  } finally {
    recordFault(scene, 'thaw', name);
    frozen.thaw();
  }
}
