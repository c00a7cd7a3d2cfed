import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  ThreadStoreError,
  type ListThreadsParams,
  type SortDirection,
  type ThreadPage,
  type ThreadRelation,
  type ThreadSortKey,
} from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { known, type Known } from './known.ts';
import { sourceFromWire, sourceToWire } from './source.ts';
import { textToWire } from './text.ts';
import { threadFromWire, threadToWire } from './thread.ts';

const int32Max = 2 ** 31 - 1;

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

const directionToWire: Readonly<Record<SortDirection, wire.SortDirection>> = {
  asc: wire.SortDirection.ASC,
  desc: wire.SortDirection.DESC,
};

const directionFromWire: Readonly<Record<Known<typeof wire.SortDirection>, SortDirection>> = {
  [wire.SortDirection.ASC]: 'asc',
  [wire.SortDirection.DESC]: 'desc',
};

export function listThreadsToWire(params: ListThreadsParams): MessageInitShape<typeof wire.ListThreadsRequestSchema> {
  const { cursor, sortKey, sortDirection, cwdFilters, relation } = params;
  return {
    pageSize: pageSizeToWire(params.pageSize ?? 0),
    pageToken: cursor === undefined || cursor === null ? '' : cursorToWire(cursor),
    sortKey: sortKey === undefined ? wire.ThreadSortKey.UNSPECIFIED : sortKeyToWire[sortKey],
    sortDirection: sortDirection === undefined ? wire.SortDirection.UNSPECIFIED : directionToWire[sortDirection],
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
  const sortKey = known(sortKeyFromWire, request.sortKey);
  if (sortKey === undefined && request.sortKey !== wire.ThreadSortKey.UNSPECIFIED) {
    throw invalidRequest('sortKey', `not a sort key (got ${request.sortKey})`);
  }
  const sortDirection = known(directionFromWire, request.sortDirection);
  if (sortDirection === undefined && request.sortDirection !== wire.SortDirection.UNSPECIFIED) {
    throw invalidRequest('sortDirection', `not a sort direction (got ${request.sortDirection})`);
  }
  return {
    pageSize: request.pageSize,
    cursor: request.pageToken === '' ? null : request.pageToken,
    ...(sortKey === undefined ? {} : { sortKey }),
    ...(sortDirection === undefined ? {} : { sortDirection }),
    allowedSources: request.allowedSources.map((text, index) =>
      sourceFromWire(text, `allowedSources[${index}]`, invalidRequest),
    ),
    modelProviders: request.modelProviders,
    cwdFilters: request.cwdFilter?.values ?? null,
    archived: request.archived,
    searchTerm: request.searchTerm === '' ? null : request.searchTerm,
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
    nextCursor: response.nextPageToken === '' ? null : response.nextPageToken,
  };
}

/** What is over the range of the field is over the store's maximum, too; below it is negative. */
function pageSizeToWire(pageSize: number): number {
  if (!Number.isInteger(pageSize)) throw invalidRequest('pageSize', 'must be an integer, 0 or more');
  return Math.max(-1, Math.min(pageSize, int32Max));
}

function cursorToWire(cursor: string): string {
  // An empty page token would be no cursor at all: the first page. A lone surrogate would become another character.
  if (cursor === '' || !cursor.isWellFormed()) {
    throw new ThreadStoreError({
      reason: 'INVALID_CURSOR',
      message: 'cursor: not issued by this service',
      details: { field: 'cursor' },
    });
  }
  return cursor;
}

function textsToWire(texts: readonly string[], field: string): string[] {
  return texts.map((text, index) => textToWire(text, `${field}[${index}]`));
}

type RelationInit = Exclude<wire.ThreadRelation['relation'], { case: undefined }>;

function relationToWire(relation: ThreadRelation): RelationInit {
  return 'directChildrenOf' in relation
    ? { case: 'directChildrenOf', value: textToWire(relation.directChildrenOf, 'relation.directChildrenOf') }
    : { case: 'descendantsOf', value: textToWire(relation.descendantsOf, 'relation.descendantsOf') };
}

function relationFromWire({ relation }: wire.ThreadRelation): ThreadRelation {
  switch (relation.case) {
    case 'directChildrenOf':
      return { directChildrenOf: relation.value };
    case 'descendantsOf':
      return { descendantsOf: relation.value };
    case undefined:
      // Also what a relation is that a newer client knows and this service does not.
      throw invalidRequest('relation', 'must have either directChildrenOf or descendantsOf');
  }
}
