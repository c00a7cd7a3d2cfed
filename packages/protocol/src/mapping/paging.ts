import { ThreadStoreError, type SortDirection } from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { invalidRequest } from './fault.ts';
import { known, type Known } from './known.ts';

const int32Max = 2 ** 31 - 1;

const directionToWire: Readonly<Record<SortDirection, wire.SortDirection>> = {
  asc: wire.SortDirection.ASC,
  desc: wire.SortDirection.DESC,
};

const directionFromWire: Readonly<Record<Known<typeof wire.SortDirection>, SortDirection>> = {
  [wire.SortDirection.ASC]: 'asc',
  [wire.SortDirection.DESC]: 'desc',
};

/** Which page of whatever list. */
interface PageParams {
  readonly pageSize?: number;
  readonly cursor?: string | null;
  readonly sortDirection?: SortDirection;
}

/** The fields that say the same in the request of every list. */
type PageFields = Pick<wire.ListThreadsRequest, 'pageSize' | 'pageToken' | 'sortDirection'>;

export function pageToWire({ pageSize = 0, cursor, sortDirection }: PageParams): PageFields {
  return {
    pageSize: pageSizeToWire(pageSize),
    pageToken: cursor === undefined || cursor === null ? '' : cursorToWire(cursor),
    sortDirection: sortDirection === undefined ? wire.SortDirection.UNSPECIFIED : directionToWire[sortDirection],
  };
}

export function pageFromWire(request: PageFields): PageParams {
  const sortDirection = known(directionFromWire, request.sortDirection);
  if (sortDirection === undefined && request.sortDirection !== wire.SortDirection.UNSPECIFIED) {
    throw invalidRequest('sortDirection', `not a sort direction (got ${request.sortDirection})`);
  }
  return {
    pageSize: request.pageSize,
    cursor: cursorFromWire(request.pageToken),
    ...(sortDirection === undefined ? {} : { sortDirection }),
  };
}

/** An empty page token is none. */
export function cursorFromWire(token: string): string | null {
  return token === '' ? null : token;
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
