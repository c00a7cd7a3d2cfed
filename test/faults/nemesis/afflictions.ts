import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@threadstore/testkit';
import { catalogue, type FaultKind } from './faults/catalogue.ts';
import type { Fault, Lag } from './faults/fault.ts';
import { recordFault, type Scene, untilStep } from './lane.ts';
import type { FaultStep } from './schedule.ts';

/** Far more than any promise; what it took is judged by the record. */
const firstAnswerMs = 60_000;

export interface FaultOutcome {
  readonly kind: FaultKind;
  /** Whether it was seen to bite. */
  readonly bit: boolean;
  /** Why not, where something failed. */
  readonly remark: string | undefined;
  readonly lag: Lag | undefined;
}

/** Does what the schedule says, one after the other: a fault begins when calls are answered after the one before it. */
export async function afflictCluster(scene: Scene, steps: readonly FaultStep[]): Promise<readonly FaultOutcome[]> {
  const outcomes: FaultOutcome[] = [];
  for (const step of steps) {
    await untilStep(scene, step);
    outcomes.push(await afflict(scene, step));
  }
  return outcomes;
}

async function afflict(scene: Scene, { kind, at, lastsAt }: FaultStep): Promise<FaultOutcome> {
  const fault: Fault = catalogue[kind];
  const [least, most] = fault.lastsMs;
  recordFault(scene, 'inject', kind);
  const { probe, heal, rebuild, lag } = await fault.inject(scene, at);
  let bit = false;
  let remark: string | undefined;
  try {
    await sleep(least + lastsAt * (most - least), undefined, { signal: scene.signal });
    bit = await probe();
  } catch (error) {
    scene.signal.throwIfAborted();
    remark = error instanceof Error ? error.message : String(error);
  } finally {
    await heal();
  }
  recordFault(scene, 'undo', kind);
  const { crew, signal } = scene;
  const before = crew.tally.acknowledgedBatches;
  await waitFor(() => signal.aborted || crew.tally.acknowledgedBatches > before, {
    timeoutMs: firstAnswerMs,
    what: `a batch to be acknowledged after ${kind}`,
  });
  signal.throwIfAborted();
  await rebuild?.();
  return { kind, bit, remark, lag };
}
