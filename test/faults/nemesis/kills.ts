import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@threadstore/testkit';
import { pick } from '../random.ts';
import { freezeAmidCommit } from './amid-commit.ts';
import { recordFault, type Scene, untilStep } from './lane.ts';
import type { Replica } from './replica.ts';
import type { KillStep } from './schedule.ts';

export interface KillTally {
  /** Replicas that were killed while they served. */
  readonly hits: number;
  /** Those among them that had committed an append and not answered it. */
  readonly amidCommit: number;
}

export async function killReplicas(scene: Scene, steps: readonly KillStep[]): Promise<KillTally> {
  const restarts = new Set<Promise<void>>();
  let hits = 0;
  let amidCommit = 0;
  try {
    for (const step of steps) {
      await untilStep(scene, step);
      const frozen = step.amidCommit ? await freezeAmidCommit(scene.cluster, step.victimAt) : undefined;
      const victim = frozen?.replica ?? (await servingReplica(scene, step));
      recordFault(scene, 'kill', victim.name);
      if (await victim.kill()) {
        hits += 1;
        if (frozen?.committed === true) amidCommit += 1;
      }
      const restart = restartLater(scene, victim, step.downMs).finally(() => restarts.delete(restart));
      // Looked at below, with all that are left.
      restart.catch(() => undefined);
      restarts.add(restart);
    }
  } finally {
    await Promise.all(restarts);
  }
  return { hits, amidCommit };
}

/** Any replica, seen to serve just now. The other one may be down at the moment: then nobody serves for a while. */
async function servingReplica({ cluster, crew, signal }: Scene, { victimAt }: KillStep): Promise<Replica> {
  const victim = pick(cluster.replicas, victimAt);
  await waitFor(() => victim.isServing || signal.aborted, { timeoutMs: 30_000, what: `${victim.name} to be back` });
  signal.throwIfAborted();
  await victim.probe(crew.threads[0] ?? '');
  return victim;
}

async function restartLater(scene: Scene, replica: Replica, downMs: number): Promise<void> {
  try {
    await sleep(downMs, undefined, { signal: scene.signal });
  } catch {
    return;
  }
  await replica.start();
  recordFault(scene, 'restart', replica.name);
}
