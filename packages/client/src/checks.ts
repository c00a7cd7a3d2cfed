import type {
  AppendItemsParams,
  ArchiveThreadParams,
  DeleteThreadParams,
  ForkThreadParams,
  ListItemsParams,
  ListThreadsParams,
  ListTurnsParams,
  SearchThreadsParams,
} from '@threadstore/core';
import {
  checkAppendHead,
  checkArchiveThread,
  checkDeleteThread,
  checkForkThread,
  checkListItems,
  checkListThreads,
  checkListTurns,
  checkSearchThreads,
  formOnly,
  invalidField,
  type ListContext,
} from '@threadstore/core/internal';

/** The form of a fork. */
export function checkFork(params: ForkThreadParams, ownHolder: string): ForkThreadParams & { readonly holder: string } {
  const { source, at, create } = checkForkThread(params, formOnly, ownHolder);
  const { forkedFromId: _, ...thread } = create;
  const { threadId: sourceThreadId, includeArchived } = source;
  return { ...thread, sourceThreadId, includeArchived, ...(at === null ? {} : { at }) };
}

/** The form of an append. The items themselves are judged by the service, which has to do it anyway. */
export function checkAppend(params: AppendItemsParams): AppendItemsParams {
  const checked = checkAppendHead(params, formOnly);
  const items: unknown = params.items;
  if (!Array.isArray(items)) throw invalidField('items', 'must be an array of strings');
  if (items.length === 0) throw invalidField('items', 'must hold at least one item');
  for (const [index, item] of items.entries()) {
    if (typeof item !== 'string') throw invalidField(`items[${index}]`, 'must be a string of JSON text');
  }
  const { threadId, metadata } = checked;
  const batch = { threadId, items: params.items, ...(metadata === null ? {} : { metadata }) };
  return checked.external
    ? { ...batch, external: true, operationId: checked.operationId }
    : { ...batch, epoch: checked.epoch, sequence: checked.sequence };
}

const context: ListContext = { limits: formOnly, tenant: '' };

/** The form of a query. */
export function checkList(params: ListThreadsParams): ListThreadsParams {
  const { relation } = checkListThreads(withoutCursor(params), context);
  // The one member whose keys say what it is: with one of them undefined, too, it is the other.
  return { ...params, relation };
}

export function checkTurns(params: ListTurnsParams): ListTurnsParams {
  const { threadId } = checkListTurns(withoutCursor(params), context);
  return { ...params, threadId };
}

export function checkItems(params: ListItemsParams): ListItemsParams {
  const { threadId } = checkListItems(withoutCursor(params), context);
  return { ...params, threadId };
}

export function checkSearch(params: SearchThreadsParams): SearchThreadsParams {
  const { relation } = checkSearchThreads(withoutCursor(params), context);
  return { ...params, relation };
}

/** A cursor says nothing to anybody but the store that made it. */
function withoutCursor<T extends { readonly cursor?: string | null }>(params: T): Omit<T, 'cursor'> {
  const { cursor, ...query } = params;
  if (cursor !== undefined && cursor !== null && typeof cursor !== 'string') {
    throw invalidField('cursor', 'must be a string');
  }
  return query;
}

export function checkArchive(params: ArchiveThreadParams): ArchiveThreadParams {
  const { threadId, epoch } = checkArchiveThread(params);
  return epoch === null ? { threadId } : { threadId, epoch };
}

export function checkDelete(params: DeleteThreadParams): DeleteThreadParams {
  const { threadId, epoch } = checkDeleteThread(params);
  return epoch === null ? { threadId } : { threadId, epoch };
}
