import { createHash } from 'node:crypto';
import type { ListThreadsParams, StoredThread, StreamHistoryParams, ThreadStore } from '@threadstore/core';
import type { Metadata, ShownAll, ShownRange, WalkQuery, Walked } from '../history/operations.ts';
import { hashOf, readItem } from './item-text.ts';
import { watched } from './lookout.ts';
import { metadataOf } from './metadata-registers.ts';
import type { End, RecordedCalls } from './recorded-calls.ts';

const sortTimes = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  recency_at: 'recencyAt',
} as const satisfies Record<WalkQuery['sortKey'], keyof StoredThread>;

/** A store's reads, all recorded. */
export class RecordingReader {
  readonly #calls: RecordedCalls;
  readonly #store: ThreadStore;

  constructor(calls: RecordedCalls, store: ThreadStore) {
    this.#calls = calls;
    this.#store = watched(store, calls.lookout);
  }

  /** A whole history, a batch at a time. */
  readAll(thread: string): Promise<End<ShownAll>> {
    return this.#calls.make('readAll', { thread }, async () => {
      const hash = createHash('sha256');
      const { end, gapAt } = await this.#eachItem({ threadId: thread }, (text) => hash.update(hashOf(text)));
      return { count: end, digest: hash.digest('hex').slice(0, 16), gapAt };
    });
  }

  readRange(thread: string, from: number, until: number): Promise<End<ShownRange>> {
    const range = { threadId: thread, fromOrdinal: BigInt(from), untilOrdinal: BigInt(until) };
    return this.#calls.make('readRange', { thread, from, until }, async () => {
      const items: ShownRange['items'][number][] = [];
      const { gapAt } = await this.#eachItem(range, (text) => items.push(readItem(text)));
      return { first: from, items, gapAt };
    });
  }

  readMetadata(thread: string): Promise<End<Metadata>> {
    return this.#calls.make('readMetadata', { thread }, async () =>
      metadataOf(await this.#store.readThread({ threadId: thread })),
    );
  }

  /** From the first page of a list to the last one, or to as many as are enough. */
  walk(query: WalkQuery, pagesMax: number): Promise<End<Walked>> {
    const { sortKey, direction, pageSize, archived, cwds, providers, forksOf } = query;
    const params: ListThreadsParams = {
      sortKey,
      sortDirection: direction,
      pageSize,
      archived,
      cwdFilters: cwds,
      modelProviders: providers,
      relation: forksOf === null ? null : { forksOf },
    };
    return this.#calls.make('walk', { thread: '', query }, async () => {
      const threads: Walked['threads'][number][] = [];
      const signal = AbortSignal.timeout(this.#calls.deadlineMs);
      let cursor: string | null = null;
      let pages = 0;
      do {
        const page: Awaited<ReturnType<ThreadStore['listThreads']>> = await this.#store.listThreads(
          { ...params, cursor },
          { signal },
        );
        pages += 1;
        for (const thread of page.threads) threads.push([thread.threadId, thread[sortTimes[sortKey]].getTime()]);
        cursor = page.nextCursor;
      } while (cursor !== null && pages < pagesMax);
      return { pages, complete: cursor === null, threads };
    });
  }

  async #eachItem(
    range: StreamHistoryParams,
    take: (text: string) => unknown,
  ): Promise<{ readonly end: number; readonly gapAt: number | null }> {
    const signal = AbortSignal.timeout(this.#calls.deadlineMs);
    let end = Number(range.fromOrdinal ?? 0n);
    let gapAt: number | null = null;
    for await (const { firstOrdinal, items } of this.#store.streamHistory(range, { signal })) {
      if (Number(firstOrdinal) !== end) gapAt ??= end;
      end = Number(firstOrdinal) + items.length;
      for (const text of items) take(text);
    }
    return { end, gapAt };
  }
}
