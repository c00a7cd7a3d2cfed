import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@threadstore/testkit';
import { historyFile } from './history/files.ts';
import { now, Recorder } from './history/recorder.ts';
import { recordLeftovers } from './leftovers.ts';
import { recordLogs } from './logs.ts';
import { sampleMemory } from './memory-samples.ts';
import { Access } from './nemesis/access.ts';
import { afflictCluster, type FaultOutcome } from './nemesis/afflictions.ts';
import { Cluster } from './nemesis/cluster.ts';
import { freezeWriters } from './nemesis/freezes.ts';
import { killReplicas, type KillTally } from './nemesis/kills.ts';
import { recordFault, type Scene } from './nemesis/lane.ts';
import { makeSchedule, type Schedule } from './nemesis/schedule.ts';
import { takeThreads } from './nemesis/takeovers.ts';
import type { Part } from './parts.ts';
import { Random } from './random.ts';
import { readBack } from './read-back.ts';
import { Crew } from './workload/crew.ts';

/** Beyond the time of its schedule; a run that takes longer hangs. */
const patienceMs = 900_000;
const recoveryMsMax = 60_000;

/** What was asked of a run and what the harness saw of it, beside its history and in the same folder. */
export interface RunFacts {
  readonly part: Part;
  readonly seed: number;
  readonly kills: KillTally;
  readonly faults: readonly FaultOutcome[];
  /** Replicas that ended though nobody ended them, or not in time when they were told to. */
  readonly crashes: readonly string[];
}

export const runFile = 'run.json';

/**
 * Lets writers write to replicas of the service while all that the part names is done to these, to Postgres, to what connects them,
 * and to the writers; then heals everything, lets the writers come to an end, and reads all threads through each replica. What happened
 * is recorded in the folder.
 *
 * Rejects when the signal fires, and when the run itself fails; what was stored wrongly is the checker's to find. Nothing that was
 * started is left, however it ends.
 */
export async function run(part: Part, seed: number, folder: string, signal: AbortSignal): Promise<void> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(part.seconds * 1_000 + patienceMs)]);
  using recorder = new Recorder(historyFile(folder, 'nemesis'));
  recorder.record({ type: 'clock', at: now(), wallMs: Date.now() });
  using access = await Access.create(part.tenantsApart);
  const { tokensFile, tokens } = access;
  await using cluster = await Cluster.start(part.replicas, part.database, {
    tokensFile,
    token: tokens.owner,
    auditLogOf: (replica) => (part.audited ? join(folder, `${replica}.audit.jsonl`) : null),
  });
  await using crew = new Crew(part.threads);
  // What is broken off here fails soon, as the processes that it waits for are ended.
  const unfolding = unfold(part, seed, folder, tokens, { cluster, crew, recorder, signal: ended });
  const facts = await Promise.race([whenAborted(ended), unfolding]);
  writeFileSync(join(folder, runFile), `${JSON.stringify(facts, null, 2)}\n`);
}

async function unfold(
  part: Part,
  seed: number,
  folder: string,
  tokens: Access['tokens'],
  stage: Omit<Scene, 'startedAt'>,
): Promise<RunFacts> {
  const { cluster, crew } = stage;
  const random = new Random(seed);
  const schedule = makeSchedule(part, random.fork());
  await crew.start(part.processes, { endpoints: cluster.endpoints, tokens }, folder, random.fork());
  await cluster.database.settle();
  using _sampling = sampleMemory(cluster.replicas, stage.recorder);
  const scene: Scene = { ...stage, startedAt: performance.now() };
  const [kills, faults] = await afflict(scene, schedule);
  await recover(scene);
  await crew.stop();
  using reading = new Recorder(historyFile(folder, 'reads'));
  for (const replica of cluster.replicas)
    await readBack(replica, tokens.owner, [...crew.threads, ...crew.sideThreads], reading);
  await recordLeftovers(cluster.databaseUrl, reading);
  for (const replica of cluster.replicas) recordLogs(replica, reading);
  return { part, seed, kills, faults, crashes: cluster.crashes };
}

async function whenAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

/** Does what the schedule says. When one part of it fails, the others stop. */
async function afflict(
  scene: Scene,
  { kills, takeovers, freezes, faults }: Schedule,
): Promise<readonly [KillTally, readonly FaultOutcome[]]> {
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const part: Scene = { ...scene, signal };
  const parts = [
    killReplicas(part, kills),
    afflictCluster(part, faults),
    takeThreads(part, takeovers),
    freezeWriters(part, freezes),
  ] as const;
  try {
    const [killed, done] = await Promise.all(parts);
    return [killed, done];
  } finally {
    over.abort();
    await Promise.allSettled(parts);
  }
}

/** Resolves when every replica serves and batches are acknowledged again. */
async function recover(scene: Scene): Promise<void> {
  const { cluster, crew, signal } = scene;
  recordFault(scene, 'heal', '');
  const before = crew.tally.acknowledgedBatches;
  await waitFor(() => crew.tally.acknowledgedBatches > before || signal.aborted, {
    timeoutMs: recoveryMsMax,
    what: 'a batch to be acknowledged after the faults',
  });
  for (const replica of cluster.replicas) await replica.probe(crew.threads[0] ?? '');
  signal.throwIfAborted();
}
