import { create, toBinary } from '@bufbuild/protobuf';
import type { ListThreadsParams, StoredThread, ThreadStore } from '@threadstore/core';
import { known } from '@threadstore/protocol';
import { invalidCursorText, isAboutCursor, isArchived, isMissing, noRollout, notBegun } from './errors.ts';
import {
  ListThreadsResponseSchema,
  SortDirection,
  StoredThreadSchema,
  ThreadSortKey,
  type ListThreadsRequest,
} from './gen/codex/thread_store/v1/thread_store_pb.ts';
import type { CodexCall, CodexMethods, CodexOptions } from './methods.ts';
import { answerBytesMax, readableHistory } from './readable-history.ts';
import { sourceFromWire } from './sources.ts';
import { threadToWire } from './thread-to-wire.ts';
import { storeCursor } from './time-cursors.ts';
import { isUnbegun } from './writer-label.ts';

type ReaderMethods = 'loadHistory' | 'readThread' | 'listThreads';

export function readerMethods(options: CodexOptions): Pick<CodexMethods, ReaderMethods> {
  const { store } = options;
  // Codex looks for what is not archived among the files of what is not: it does not find it.
  const read = (threadId: string, includeArchived: boolean, { signal }: CodexCall): Promise<StoredThread> =>
    store.readThread({ threadId, includeArchived }, { signal }).catch((error: unknown) => {
      throw isMissing(error) || isArchived(error) ? noRollout(threadId, 'active') : error;
    });
  return {
    loadHistory: async ({ threadId, includeArchived }, call) => {
      const thread = await read(threadId, includeArchived, call);
      if (isUnbegun(thread)) throw notBegun(thread.threadId);
      return readableHistory(store, thread, 0, call);
    },
    readThread: async ({ threadId, includeArchived, includeHistory }, call) => {
      const thread = await read(threadId, includeArchived, call);
      if (isUnbegun(thread)) throw noRollout(thread.threadId, 'active');
      if (!includeHistory) return { thread: threadToWire(thread) };
      const otherBytes = toBinary(StoredThreadSchema, create(StoredThreadSchema, threadToWire(thread))).byteLength;
      return { thread: threadToWire(thread, await readableHistory(store, thread, otherBytes, call)) };
    },
    listThreads: async (request, call) => {
      const { threads, nextCursor } = await listThreads(options, request, call).catch((error: unknown) => {
        throw request.cursor !== undefined && isAboutCursor(error) ? invalidCursorText(request.cursor) : error;
      });
      call.record.threads = threads.length;
      return { threads: threads.map((thread) => threadToWire(thread)), nextCursor: nextCursor ?? undefined };
    },
  };
}

const sortKeys = {
  [ThreadSortKey.CREATED_AT]: 'created_at',
  [ThreadSortKey.UPDATED_AT]: 'updated_at',
} as const satisfies Readonly<Record<ThreadSortKey, ListThreadsParams['sortKey']>>;

const directions = {
  [SortDirection.ASC]: 'asc',
  [SortDirection.DESC]: 'desc',
} as const satisfies Readonly<Record<SortDirection, ListThreadsParams['sortDirection']>>;

/** Pages of the store that one page for a client is made of, at most. */
const pagesMax = 50;
/** Threads that are looked at in one go behind a full page. The first is most often one to be shown. */
const lookAhead = 4;

interface Page {
  readonly threads: readonly StoredThread[];
  readonly nextCursor: string | null;
}

/**
 * A page of the threads that have a preview: the lists of Codex show no others, and a thread that was only created has none. A page is
 * filled up from the store's next ones. It ends early, with a cursor, when very many have no preview or when the answer is full.
 */
async function listThreads(
  { store, limits }: CodexOptions,
  request: ListThreadsRequest,
  call: CodexCall,
): Promise<Page> {
  const query = queryOf(request);
  const { signal } = call;
  const wanted = request.pageSize === 0 ? limits.pageSizeDefault : Math.min(request.pageSize, limits.pageSizeMax);
  const threads: StoredThread[] = [];
  let cursor = request.cursor === undefined ? null : storeCursor(request.cursor, query.sortDirection);
  let room = answerBytesMax;
  let pageSize = wanted;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await store.listThreads({ ...query, cursor, pageSize }, { signal });
    const shown = page.threads.filter(({ preview }) => preview !== '');
    const bytes = bytesOf(shown);
    if (bytes > room && pageSize > 1) {
      // The only cursor of a page is behind its last thread: what does not fit is asked for again, less at a time.
      pageSize = Math.ceil(pageSize / 2);
      continue;
    }
    if (bytes > room && threads.length > 0) break;
    threads.push(...shown);
    room -= bytes;
    cursor = page.nextCursor;
    if (cursor === null) break;
    if (threads.length >= wanted) return { threads, nextCursor: await behind(store, { ...query, cursor }, call) };
    pageSize = Math.min(pageSize, wanted - threads.length);
  }
  return { threads, nextCursor: cursor };
}

/** The cursor at the end of a full page, or null if no thread behind it is shown: a client would show an empty page. */
async function behind(
  store: ThreadStore,
  query: ListThreadsParams & { readonly cursor: string },
  { signal }: CodexCall,
): Promise<string | null> {
  let cursor: string | null = query.cursor;
  for (let pages = 0; pages < pagesMax && cursor !== null; pages += 1) {
    const page: Page = await store.listThreads({ ...query, cursor, pageSize: lookAhead }, { signal });
    if (page.threads.some(({ preview }) => preview !== '')) return query.cursor;
    cursor = page.nextCursor;
  }
  return cursor === null ? null : query.cursor;
}

function bytesOf(threads: readonly StoredThread[]): number {
  const message = create(ListThreadsResponseSchema, { threads: threads.map((thread) => threadToWire(thread)) });
  return toBinary(ListThreadsResponseSchema, message).byteLength;
}

function queryOf(request: ListThreadsRequest): ListThreadsParams & Required<Pick<ListThreadsParams, 'sortDirection'>> {
  const { modelProviderFilter, cwdFilter } = request;
  return {
    // Numbers of no release are taken for the lists' own defaults.
    sortKey: known(sortKeys, request.sortKey) ?? 'created_at',
    sortDirection: known(directions, request.sortDirection) ?? 'desc',
    allowedSources: request.allowedSources.map(sourceFromWire),
    modelProviders: modelProviderFilter?.values ?? null,
    cwdFilters: cwdFilter?.values ?? null,
    archived: request.archived,
    searchTerm: request.searchTerm ?? null,
  };
}
