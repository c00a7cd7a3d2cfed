import { blankMetadata, type PlainMetadata } from '../blank-metadata.ts';
import type { CheckedCreate, CheckedResume } from '../checks/writer.ts';
import { threadExists, threadIdUsed, writerLive } from '../error-factories.ts';
import { ThreadStoreError } from '../errors.ts';
import { factsOfText } from '../turn-index/item-facts.ts';
import { judgeEpoch, judgeWriter } from '../writer-judgement.ts';
import type { LostLease, RenewLeasesResult, WriterGrant, WriterRef } from '../writer.ts';
import { newLease, renewLease, type MemoryContext } from './memory-context.ts';
import { copyLease } from './stored-thread.ts';
import { ThreadIndex } from './thread-index.ts';
import { initialMetadata } from './thread-metadata.ts';
import { isRunning, readableRow, rowForWriter, type ThreadRow } from './thread-row.ts';

/** What a thread has when it is created. */
interface Beginning {
  readonly metadata: PlainMetadata;
  readonly items: readonly string[];
  readonly materialised: boolean;
}

const nothing: Beginning = { metadata: blankMetadata, items: [], materialised: false };

export function create(context: MemoryContext, params: CheckedCreate, beginning = nothing): WriterGrant {
  const { rows, tombstones, removedEpoch } = context.threads;
  const { threadId, holder, metadata, ...origin } = params;
  const now = context.now();
  if (tombstones.has(threadId)) throw threadIdUsed(threadId);
  const before = rows.get(threadId);
  if (before !== undefined && (before.materialised || isRunning(before.lease, now))) throw threadExists(threadId);
  const lease = newLease(context, holder, now);
  const row: ThreadRow = {
    threadId,
    ...origin,
    metadata: initialMetadata(metadata, now, beginning.metadata),
    archivedAt: null,
    materialised: beginning.materialised,
    items: [...beginning.items],
    index: new ThreadIndex(),
    batches: new Map(),
    operations: new Map(),
    epoch: (before?.epoch ?? removedEpoch) + 1n,
    nextSequence: 0n,
    lease,
  };
  row.index.add(0n, row.items.map(factsOfText));
  rows.set(threadId, row);
  return grant(row, lease);
}

/** At once, also for `wait`: whoever waits tries again. */
export function resume(context: MemoryContext, params: CheckedResume): WriterGrant {
  const row = readableRow(context.threads, params.threadId, params.includeArchived);
  const now = context.now();
  const error = params.expectedEpoch === null ? null : judgeEpoch(row.epoch, params.expectedEpoch);
  if (error !== null) throw error;
  if (params.takeover !== 'steal' && isRunning(row.lease, now)) throw writerLive(row.epoch, row.lease, now);
  const lease = newLease(context, params.holder, now);
  row.epoch += 1n;
  row.nextSequence = 0n;
  row.lease = lease;
  return grant(row, lease);
}

/** For a barrier: memory is durable at once, so the writer is judged and nothing is waited for. */
export function persist(context: MemoryContext, ref: WriterRef, { materialise }: { materialise: boolean }): void {
  const row = rowForWriter(context.threads, ref.threadId);
  const error = judgeWriter(row, ref.epoch);
  if (error !== null) throw error;
  if (materialise) row.materialised = true;
  renewLease(context, row);
}

export function renew(context: MemoryContext, writers: readonly WriterRef[]): RenewLeasesResult {
  return { lost: writers.flatMap((writer) => lostLease(context, writer) ?? []) };
}

function lostLease(context: MemoryContext, writer: WriterRef): LostLease | null {
  try {
    persist(context, writer, { materialise: false });
    return null;
  } catch (error) {
    if (!(error instanceof ThreadStoreError)) throw error;
    return { ...writer, error };
  }
}

export function shutdown(context: MemoryContext, ref: WriterRef): void {
  release(context, ref, rowForWriter(context.threads, ref.threadId));
}

export function discard(context: MemoryContext, ref: WriterRef): void {
  const row = context.threads.rows.get(ref.threadId);
  if (row !== undefined) release(context, ref, row);
}

function release({ threads }: MemoryContext, ref: WriterRef, row: ThreadRow): void {
  const error = judgeEpoch(row.epoch, ref.epoch);
  if (error !== null) throw error;
  if (row.materialised) {
    row.lease = null;
    return;
  }
  threads.rows.delete(row.threadId);
  if (row.epoch > threads.removedEpoch) threads.removedEpoch = row.epoch;
}

function grant({ threadId, epoch, items }: ThreadRow, lease: NonNullable<ThreadRow['lease']>): WriterGrant {
  return { threadId, epoch, nextOrdinal: BigInt(items.length), lease: copyLease(lease) };
}
