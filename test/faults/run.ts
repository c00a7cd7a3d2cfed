import { once } from 'node:events';
import { waitFor } from '@threadstore/testkit';
import { historyFile } from './history/files.ts';
import { now, Recorder } from './history/recorder.ts';
import { recordLeftovers } from './leftovers.ts';
import { sampleMemory } from './memory-samples.ts';
import { Cluster } from './nemesis/cluster.ts';
import { freezeWriters } from './nemesis/freezes.ts';
import { killReplicas, type KillTally } from './nemesis/kills.ts';
import { recordFault, type Scene } from './nemesis/lane.ts';
import { makeSchedule, type Schedule } from './nemesis/schedule.ts';
import { takeThreads } from './nemesis/takeovers.ts';
import { Random } from './random.ts';
import { readBack } from './read-back.ts';
import type { RunFacts } from './report.ts';
import type { SoakOptions } from './soak-options.ts';
import { Crew } from './workload/crew.ts';

/** Beyond the time of its schedule; a run that takes longer hangs. */
const patienceMs = 180_000;
const recoveryMsMax = 10_000;

/**
 * Lets writers write to replicas of the service while replicas are killed, threads taken, and writers stopped; then heals
 * everything, lets the writers come to an end, and reads all threads through each replica. What happened is recorded in the folder.
 *
 * Rejects when the signal fires, and when the run itself fails; what was stored wrongly is the checker's to find. Nothing that was
 * started is left, however it ends.
 */
export async function run(options: SoakOptions, folder: string, signal: AbortSignal): Promise<RunFacts> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(options.seconds * 1_000 + patienceMs)]);
  using recorder = new Recorder(historyFile(folder, 'nemesis'));
  await using cluster = await Cluster.start(options.replicas);
  await using crew = new Crew(options.threads);
  // What is broken off here fails soon, as the processes that it waits for are ended.
  return await Promise.race([whenAborted(ended), unfold(options, folder, { cluster, crew, recorder, signal: ended })]);
}

async function unfold(options: SoakOptions, folder: string, stage: Omit<Scene, 'startedAt'>): Promise<RunFacts> {
  const { cluster, crew } = stage;
  const random = new Random(options.seed);
  const schedule = makeSchedule(options, random.fork());
  await crew.start(options.processes, cluster.endpoints, folder, random.fork());
  using _sampling = sampleMemory(cluster.replicas, stage.recorder);
  const scene: Scene = { ...stage, startedAt: performance.now() };
  const kills = await afflict(scene, schedule);
  const recoveryMs = await recover(scene);
  await crew.stop();
  using reading = new Recorder(historyFile(folder, 'reads'));
  for (const replica of cluster.replicas) await readBack(replica, [...crew.threads, ...crew.sideThreads], reading);
  await recordLeftovers(cluster.databaseUrl, reading);
  return { options, kills, recoveryMs, crashes: cluster.crashes };
}

async function whenAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

/** Does what the schedule says. When one part of it fails, the others stop. */
async function afflict(scene: Scene, { kills, takeovers, freezes }: Schedule): Promise<KillTally> {
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const part: Scene = { ...scene, signal };
  const parts = [killReplicas(part, kills), takeThreads(part, takeovers), freezeWriters(part, freezes)] as const;
  try {
    return (await Promise.all(parts))[0];
  } finally {
    over.abort();
    await Promise.allSettled(parts);
  }
}

/** Resolves when every replica serves and batches are acknowledged again, with how long that took. */
async function recover(scene: Scene): Promise<number> {
  const { cluster, crew, signal } = scene;
  recordFault(scene, 'heal', '');
  const healedAt = now();
  const before = crew.tally.acknowledgedBatches;
  await waitFor(() => crew.tally.acknowledgedBatches > before || signal.aborted, {
    timeoutMs: recoveryMsMax,
    what: 'a batch to be acknowledged after the faults',
  });
  const recoveryMs = Math.round(now() - healedAt);
  for (const replica of cluster.replicas) await replica.probe(crew.threads[0] ?? '');
  signal.throwIfAborted();
  return recoveryMs;
}
