import assert from 'node:assert/strict';
import type { HistoryBatch, ListThreadsParams, StoredThread, ThreadId, ThreadStore } from '@threadstore/core';

/** No walk of a test has that many pages; a longer one does not end. */
const pagesMax = 500;

/** All pages from the first to the last. */
export async function* pagesOf(store: ThreadStore, params: ListThreadsParams): AsyncGenerator<readonly StoredThread[]> {
  let cursor = params.cursor ?? null;
  for (let page = 0; page < pagesMax; page += 1) {
    const { threads, nextCursor } = await store.listThreads({ ...params, cursor });
    yield threads;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
  assert.fail(`the walk did not end within ${pagesMax} pages`);
}

/** The threads of all pages, in order. */
export async function listAll(store: ThreadStore, params: ListThreadsParams = {}): Promise<StoredThread[]> {
  const threads: StoredThread[] = [];
  for await (const page of pagesOf(store, params)) threads.push(...page);
  return threads;
}

/** The ids of all pages, in order. */
export async function listIds(store: ThreadStore, params: ListThreadsParams = {}): Promise<ThreadId[]> {
  return (await listAll(store, params)).map((thread) => thread.threadId);
}

/** All batches of a stream, after checking that they follow each other without a gap from `from` to the end they name. */
export async function collectBatches(stream: AsyncIterable<HistoryBatch>, from = 0n): Promise<HistoryBatch[]> {
  const batches: HistoryBatch[] = [];
  let next = from;
  for await (const batch of stream) {
    assert.equal(batch.firstOrdinal, next, 'batches follow each other without a gap');
    assert.ok(batch.items.length > 0, 'no batch is empty');
    assert.equal(batch.untilOrdinal, batches[0]?.untilOrdinal ?? batch.untilOrdinal, 'all batches name the same end');
    next += BigInt(batch.items.length);
    batches.push(batch);
  }
  assert.equal(next, batches[0]?.untilOrdinal ?? next, 'the batches go on to the end that they name');
  return batches;
}

/** All items of a stream. */
export async function collectItems(stream: AsyncIterable<HistoryBatch>, from = 0n): Promise<string[]> {
  return (await collectBatches(stream, from)).flatMap((batch) => batch.items);
}
