import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultLine } from '../history/lines.ts';
import { now, type Recorder } from '../history/recorder.ts';
import type { Crew } from '../workload/crew.ts';
import type { Cluster } from './cluster.ts';

/** What the faults are done to. */
export interface Scene {
  readonly cluster: Cluster;
  readonly crew: Crew;
  readonly recorder: Recorder;
  /** Of the schedule's zero, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Resolves when the time of a step has come; at once when it has passed. Rejects when the run is ended. */
export async function untilStep({ startedAt, signal }: Scene, { atMs }: { readonly atMs: number }): Promise<void> {
  signal.throwIfAborted();
  const ms = startedAt + atMs - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal });
}

export function recordFault({ recorder }: Scene, fault: FaultLine['fault'], on: string): void {
  recorder.record({ type: 'fault', at: now(), fault, on });
}
