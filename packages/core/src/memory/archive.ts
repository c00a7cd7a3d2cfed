import type { CheckedArchive, CheckedDelete } from '../checks/update.ts';
import { writerLive } from '../error-factories.ts';
import type { StoredThread, ThreadId } from '../thread.ts';
import { judgeWriter } from '../writer-judgement.ts';
import type { MemoryContext } from './memory-context.ts';
import { storedThread } from './stored-thread.ts';
import { isRunning, visibleRow, type ThreadRow } from './thread-row.ts';

export function archive(context: MemoryContext, { threadId, epoch }: CheckedArchive): void {
  const now = context.now();
  const row = rowToMove(context, threadId, epoch, now);
  row.archivedAt ??= now;
  if (epoch === null) row.lease = null;
}

export function unarchive(context: MemoryContext, { threadId, epoch }: CheckedArchive): StoredThread {
  const now = context.now();
  const row = rowToMove(context, threadId, epoch, now);
  if (row.archivedAt !== null) {
    row.archivedAt = null;
    row.metadata = { ...row.metadata, updatedAt: now };
  }
  return storedThread(row);
}

export function erase({ threads }: MemoryContext, { threadId, epoch }: CheckedDelete): void {
  if (threads.tombstones.has(threadId)) return;
  const row = visibleRow(threads, threadId);
  const error = epoch === null ? null : judgeWriter(row, epoch);
  if (error !== null) throw error;
  threads.rows.delete(threadId);
  threads.tombstones.add(threadId);
}

/** The thread, unless another writer would be surprised. */
function rowToMove({ threads }: MemoryContext, threadId: ThreadId, epoch: bigint | null, now: Date): ThreadRow {
  const row = visibleRow(threads, threadId);
  if (epoch === null) {
    if (isRunning(row.lease, now)) throw writerLive(row.epoch, row.lease, now);
    return row;
  }
  const error = judgeWriter(row, epoch);
  if (error !== null) throw error;
  return row;
}
