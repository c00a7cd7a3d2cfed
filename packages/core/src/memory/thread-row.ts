import { threadArchived, threadDeleted, threadNotFound } from '../error-factories.ts';
import type { Lease, ThreadId } from '../thread.ts';
import type { TenantThreads } from './memory-storage.ts';
import type { ThreadIndex } from './thread-index.ts';
import type { ThreadMetadata } from './thread-metadata.ts';

/** A thread as it is kept. Its values are replaced, never changed in place, save for the collections. */
export interface ThreadRow {
  readonly threadId: ThreadId;
  readonly forkedFromId: ThreadId | null;
  readonly parentThreadId: ThreadId | null;
  readonly sessionId: string | null;
  readonly originator: string | null;
  metadata: ThreadMetadata;
  archivedAt: Date | null;
  materialised: boolean;
  /** By ordinal. */
  readonly items: string[];
  /** Of all items. */
  readonly index: ThreadIndex;
  /** Those of writers, by epoch and sequence. */
  readonly batches: Map<string, StoredBatch>;
  /** Those of external appends, by operation id. */
  readonly operations: Map<string, StoredBatch>;
  epoch: bigint;
  nextSequence: bigint;
  lease: Lease | null;
}

/** Where the items of a batch are. */
export interface StoredBatch {
  readonly first: number;
  readonly count: number;
}

/** The row for a writer, which also sees what is not materialised. */
export function rowForWriter(threads: TenantThreads, threadId: ThreadId): ThreadRow {
  const row = threads.rows.get(threadId);
  if (row !== undefined) return row;
  throw threads.tombstones.has(threadId) ? threadDeleted(threadId) : threadNotFound(threadId);
}

/** The row for everybody. */
export function visibleRow(threads: TenantThreads, threadId: ThreadId): ThreadRow {
  const row = rowForWriter(threads, threadId);
  if (!row.materialised) throw threadNotFound(threadId);
  return row;
}

/** The row for those who may have to say that they mean an archived thread. */
export function readableRow(threads: TenantThreads, threadId: ThreadId, includeArchived: boolean): ThreadRow {
  const row = visibleRow(threads, threadId);
  if (row.archivedAt !== null && !includeArchived) throw threadArchived(threadId);
  return row;
}

export function isRunning(lease: Lease | null, now: Date): lease is Lease {
  return lease !== null && lease.until > now;
}
