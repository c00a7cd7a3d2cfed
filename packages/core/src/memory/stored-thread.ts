import type { JsonValue, Lease, SessionSource, StoredThread } from '../thread.ts';
import type { ThreadRow } from './thread-row.ts';

/** A copy for a caller to do with as it likes. */
export function storedThread(row: ThreadRow): StoredThread {
  const { metadata } = row;
  return {
    threadId: row.threadId,
    rolloutPath: null,
    forkedFromId: row.forkedFromId,
    parentThreadId: row.parentThreadId,
    sessionId: row.sessionId,
    originator: row.originator,
    ...metadata,
    createdAt: new Date(metadata.createdAt),
    updatedAt: new Date(metadata.updatedAt),
    recencyAt: new Date(metadata.recencyAt),
    archivedAt: row.archivedAt && new Date(row.archivedAt),
    source: copyJson(metadata.source),
    gitInfo: metadata.gitInfo && { ...metadata.gitInfo },
    approvalMode: copyJson(metadata.approvalMode),
    sandboxPolicy: copyJson(metadata.sandboxPolicy),
    tokenUsage: metadata.tokenUsage && { ...metadata.tokenUsage },
    nextOrdinal: BigInt(row.items.length),
    epoch: row.epoch,
    nextSequence: row.nextSequence,
    lease: row.lease && copyLease(row.lease),
  };
}

export function copyLease({ holder, since, until }: Lease): Lease {
  return { holder, since: new Date(since), until: new Date(until) };
}

function copyJson<T extends JsonValue | SessionSource>(value: T): T {
  return typeof value === 'object' && value !== null ? (JSON.parse(JSON.stringify(value)) as T) : value;
}
