import type { CheckedAppend } from '../checks/append.ts';
import { sequenceGap, sequenceReused } from '../error-factories.ts';
import { judgeWriter } from '../writer-judgement.ts';
import type { AppendResult } from '../writer.ts';
import { renewLease, type MemoryContext } from './memory-context.ts';
import { patchMetadata } from './thread-metadata.ts';
import { rowForWriter, type StoredBatch, type ThreadRow } from './thread-row.ts';

export function append(context: MemoryContext, batch: CheckedAppend): AppendResult {
  const row = rowForWriter(context.threads, batch.threadId);
  const key = `${batch.epoch}:${batch.sequence}`;
  const stored = row.batches.get(key);
  // Before the writer is judged: a retry learns that its batch is stored even when it has been fenced since.
  if (stored !== undefined) return duplicate(row, stored, batch);
  const error = judgeWriter(row, batch.epoch);
  if (error !== null) throw error;
  if (batch.sequence !== row.nextSequence) throw sequenceGap(batch.sequence, row.nextSequence);

  const placed = { first: row.items.length, count: batch.items.length };
  for (const item of batch.items) row.items.push(item);
  row.batches.set(key, placed);
  row.nextSequence += 1n;
  row.materialised = true;
  if (batch.metadata !== null) row.metadata = patchMetadata(row.metadata, batch.metadata);
  renewLease(context, row);
  return result(placed, false);
}

function duplicate(row: ThreadRow, stored: StoredBatch, { items, sequence }: CheckedAppend): AppendResult {
  const same = stored.count === items.length && items.every((item, index) => item === row.items[stored.first + index]);
  if (!same) throw sequenceReused(sequence);
  return result(stored, true);
}

function result({ first, count }: StoredBatch, isDuplicate: boolean): AppendResult {
  return { firstOrdinal: BigInt(first), lastOrdinal: BigInt(first + count - 1), duplicate: isDuplicate };
}
