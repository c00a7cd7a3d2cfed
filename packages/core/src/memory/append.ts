import type { CheckedAppend, CheckedExternalAppend, CheckedWriterAppend } from '../checks/append.ts';
import { operationReused, sequenceGap, sequenceReused, threadArchived } from '../error-factories.ts';
import { judgeWriter } from '../writer-judgement.ts';
import type { AppendResult } from '../writer.ts';
import { renewLease, type MemoryContext } from './memory-context.ts';
import { patchMetadata } from './thread-metadata.ts';
import { rowForWriter, visibleRow, type StoredBatch, type ThreadRow } from './thread-row.ts';

export function append(context: MemoryContext, batch: CheckedAppend): AppendResult {
  return batch.external ? appendExternally(context, batch) : appendAsWriter(context, batch);
}

function appendAsWriter(context: MemoryContext, batch: CheckedWriterAppend): AppendResult {
  const row = rowForWriter(context.threads, batch.threadId);
  const key = `${batch.epoch}:${batch.sequence}`;
  const stored = row.batches.get(key);
  // Before the writer is judged: a retry learns that its batch is stored even when it has been fenced since.
  if (stored !== undefined) {
    if (!isSame(row, stored, batch)) throw sequenceReused(batch.sequence);
    return result(stored, true);
  }
  const error = judgeWriter(row, batch.epoch);
  if (error !== null) throw error;
  if (batch.sequence !== row.nextSequence) throw sequenceGap(batch.sequence, row.nextSequence);

  const placed = place(row, batch);
  row.batches.set(key, placed);
  row.nextSequence += 1n;
  row.materialised = true;
  renewLease(context, row);
  return result(placed, false);
}

function appendExternally({ threads }: MemoryContext, batch: CheckedExternalAppend): AppendResult {
  const row = visibleRow(threads, batch.threadId);
  const stored = row.operations.get(batch.operationId);
  // Before the archive is looked at: a retry learns that its batch is stored even when the thread was archived since.
  if (stored !== undefined) {
    if (!isSame(row, stored, batch)) throw operationReused(batch.operationId);
    return result(stored, true);
  }
  if (row.archivedAt !== null) throw threadArchived(batch.threadId);

  const placed = place(row, batch);
  row.operations.set(batch.operationId, placed);
  return result(placed, false);
}

/** Puts the items at the end of the thread, and applies the patch that comes with them. */
function place(row: ThreadRow, { items, facts, metadata }: CheckedAppend): StoredBatch {
  const placed = { first: row.items.length, count: items.length };
  for (const item of items) row.items.push(item);
  row.index.add(BigInt(placed.first), facts);
  if (metadata !== null) row.metadata = patchMetadata(row.metadata, metadata);
  return placed;
}

function isSame(row: ThreadRow, { first, count }: StoredBatch, { items }: CheckedAppend): boolean {
  return count === items.length && items.every((item, index) => item === row.items[first + index]);
}

function result({ first, count }: StoredBatch, duplicate: boolean): AppendResult {
  return { firstOrdinal: BigInt(first), lastOrdinal: BigInt(first + count - 1), duplicate };
}
