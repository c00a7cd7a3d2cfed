import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListThreadsParams, ThreadPage, ThreadRelation, ThreadSortKey } from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { known, type Known } from './known.ts';
import { cursorFromWire, pageFromWire, pageToWire } from './paging.ts';
import { sourceFromWire, sourceToWire } from './source.ts';
import { textToWire } from './text.ts';
import { threadFromWire, threadToWire } from './thread.ts';

const sortKeyToWire: Readonly<Record<ThreadSortKey, wire.ThreadSortKey>> = {
  created_at: wire.ThreadSortKey.CREATED_AT,
  updated_at: wire.ThreadSortKey.UPDATED_AT,
  recency_at: wire.ThreadSortKey.RECENCY_AT,
};

const sortKeyFromWire: Readonly<Record<Known<typeof wire.ThreadSortKey>, ThreadSortKey>> = {
  [wire.ThreadSortKey.CREATED_AT]: 'created_at',
  [wire.ThreadSortKey.UPDATED_AT]: 'updated_at',
  [wire.ThreadSortKey.RECENCY_AT]: 'recency_at',
};

export function listThreadsToWire(params: ListThreadsParams): MessageInitShape<typeof wire.ListThreadsRequestSchema> {
  const { sortKey, cwdFilters, relation } = params;
  return {
    ...pageToWire(params),
    sortKey: sortKey === undefined ? wire.ThreadSortKey.UNSPECIFIED : sortKeyToWire[sortKey],
    allowedSources: (params.allowedSources ?? []).map((source, index) =>
      sourceToWire(source, `allowedSources[${index}]`),
    ),
    modelProviders: textsToWire(params.modelProviders ?? [], 'modelProviders'),
    cwdFilter:
      cwdFilters === undefined || cwdFilters === null ? undefined : { values: textsToWire(cwdFilters, 'cwdFilters') },
    archived: params.archived ?? false,
    searchTerm: textToWire(params.searchTerm ?? '', 'searchTerm'),
    relation: relation === undefined || relation === null ? undefined : { relation: relationToWire(relation) },
  } satisfies AllFields<typeof wire.ListThreadsRequestSchema>;
}

export function listThreadsFromWire(request: wire.ListThreadsRequest): ListThreadsParams {
  return { ...threadQueryFromWire(request), searchTerm: request.searchTerm === '' ? null : request.searchTerm };
}

/** All that a list says but its search term. */
export function threadQueryFromWire(request: wire.ListThreadsRequest): Omit<ListThreadsParams, 'searchTerm'> {
  const sortKey = known(sortKeyFromWire, request.sortKey);
  if (sortKey === undefined && request.sortKey !== wire.ThreadSortKey.UNSPECIFIED) {
    throw invalidRequest('sortKey', `not a sort key (got ${request.sortKey})`);
  }
  return {
    ...pageFromWire(request),
    ...(sortKey === undefined ? {} : { sortKey }),
    allowedSources: request.allowedSources.map((text, index) =>
      sourceFromWire(text, `allowedSources[${index}]`, invalidRequest),
    ),
    modelProviders: request.modelProviders,
    cwdFilters: request.cwdFilter?.values ?? null,
    archived: request.archived,
    relation: request.relation === undefined ? null : relationFromWire(request.relation),
  };
}

export function threadPageToWire(page: ThreadPage): MessageInitShape<typeof wire.ListThreadsResponseSchema> {
  return {
    threads: page.threads.map(threadToWire),
    nextPageToken: page.nextCursor ?? '',
  } satisfies AllFields<typeof wire.ListThreadsResponseSchema>;
}

export function threadPageFromWire(response: wire.ListThreadsResponse): ThreadPage {
  return {
    threads: response.threads.map(threadFromWire),
    nextCursor: cursorFromWire(response.nextPageToken),
  };
}

function textsToWire(texts: readonly string[], field: string): string[] {
  return texts.map((text, index) => textToWire(text, `${field}[${index}]`));
}

type RelationInit = Exclude<wire.ThreadRelation['relation'], { case: undefined }>;

function relationToWire(relation: ThreadRelation): RelationInit {
  if ('directChildrenOf' in relation) {
    return { case: 'directChildrenOf', value: textToWire(relation.directChildrenOf, 'relation.directChildrenOf') };
  }
  return 'descendantsOf' in relation
    ? { case: 'descendantsOf', value: textToWire(relation.descendantsOf, 'relation.descendantsOf') }
    : { case: 'forksOf', value: textToWire(relation.forksOf, 'relation.forksOf') };
}

function relationFromWire({ relation }: wire.ThreadRelation): ThreadRelation {
  switch (relation.case) {
    case 'directChildrenOf':
      return { directChildrenOf: relation.value };
    case 'descendantsOf':
      return { descendantsOf: relation.value };
    case 'forksOf':
      return { forksOf: relation.value };
    case undefined:
      // Also what a relation is that a newer client knows and this service does not.
      throw invalidRequest('relation', 'must have exactly one of directChildrenOf, descendantsOf, forksOf');
  }
}
