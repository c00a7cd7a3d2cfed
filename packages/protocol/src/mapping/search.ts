import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { SearchThreadsParams, ThreadSearchHit, ThreadSearchPage } from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerToWire } from './integer.ts';
import { listThreadsToWire, threadQueryFromWire } from './listing.ts';
import { cursorFromWire } from './paging.ts';
import { textToWire } from './text.ts';
import { threadFromWire, threadToWire } from './thread.ts';

export function searchThreadsToWire(
  params: SearchThreadsParams,
): MessageInitShape<typeof wire.SearchThreadsRequestSchema> {
  const { searchTerm, includeToolOutput, ...list } = params;
  return {
    searchTerm: textToWire(searchTerm, 'searchTerm'),
    includeToolOutput: includeToolOutput ?? false,
    list: listThreadsToWire(list),
  } satisfies AllFields<typeof wire.SearchThreadsRequestSchema>;
}

export function searchThreadsFromWire(request: wire.SearchThreadsRequest): SearchThreadsParams {
  const list = request.list ?? create(wire.ListThreadsRequestSchema);
  // A list's term is of another kind: a part of the name, title or preview.
  if (list.searchTerm !== '') throw invalidRequest('list.searchTerm', 'must be empty');
  return {
    searchTerm: request.searchTerm,
    includeToolOutput: request.includeToolOutput,
    ...threadQueryFromWire(list),
  };
}

export function searchPageToWire(page: ThreadSearchPage): MessageInitShape<typeof wire.SearchThreadsResponseSchema> {
  return {
    hits: page.hits.map(hitToWire),
    nextPageToken: page.nextCursor ?? '',
  } satisfies AllFields<typeof wire.SearchThreadsResponseSchema>;
}

export function searchPageFromWire(response: wire.SearchThreadsResponse): ThreadSearchPage {
  return { hits: response.hits.map(hitFromWire), nextCursor: cursorFromWire(response.nextPageToken) };
}

function hitToWire(hit: ThreadSearchHit): MessageInitShape<typeof wire.ThreadSearchHitSchema> {
  return {
    thread: threadToWire(hit.thread),
    snippet: hit.snippet,
    ordinal: bigIntegerToWire(hit.ordinal, 'ordinal'),
    turnId: hit.turnId ?? undefined,
  } satisfies AllFields<typeof wire.ThreadSearchHitSchema>;
}

function hitFromWire(hit: wire.ThreadSearchHit): ThreadSearchHit {
  return {
    thread: threadFromWire(hit.thread),
    snippet: hit.snippet,
    ordinal: answeredBigInteger(hit.ordinal, 'ordinal'),
    turnId: hit.turnId ?? null,
  };
}
