import type { CheckedStream } from '../checks/read.ts';
import { threadDeleted } from '../error-factories.ts';
import { historyBatchBytes } from '../history-batch.ts';
import type { HistoryBatch } from '../history.ts';
import type { MemoryContext } from './memory-context.ts';
import { readableRow, type ThreadRow } from './thread-row.ts';

/** Reads the items of a thread from one ordinal to another, both fixed when it is made. */
export class HistoryReader {
  readonly #context: MemoryContext;
  readonly #row: ThreadRow;
  readonly #end: number;
  #next: number;

  constructor(context: MemoryContext, params: CheckedStream) {
    this.#context = context;
    this.#row = readableRow(context.threads, params.threadId, params.includeArchived);
    const { length } = this.#row.items;
    this.#next = index(params.fromOrdinal, length);
    this.#end = index(params.untilOrdinal ?? BigInt(length), length);
  }

  /** The next batch, or null at the end. */
  next(): HistoryBatch | null {
    const { threadId, items } = this.#row;
    if (this.#context.threads.tombstones.has(threadId)) throw threadDeleted(threadId);
    if (this.#next >= this.#end) return null;
    const first = this.#next;
    let bytes = 0;
    do {
      bytes += this.#itemBytes();
      this.#next += 1;
    } while (this.#next < this.#end && bytes + this.#itemBytes() <= historyBatchBytes);
    return { firstOrdinal: BigInt(first), items: items.slice(first, this.#next), untilOrdinal: BigInt(this.#end) };
  }

  #itemBytes(): number {
    return Buffer.byteLength(this.#row.items[this.#next] ?? '');
  }
}

function index(ordinal: bigint, length: number): number {
  return ordinal < BigInt(length) ? Number(ordinal) : length;
}
