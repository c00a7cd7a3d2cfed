import {
  decodeOrdinalCursor,
  encodeOrdinalCursor,
  queryFingerprint,
  type CursorScope,
  type OrdinalPosition,
} from '../cursor.ts';
import { invalidField } from '../error-factories.ts';
import type { SortDirection } from '../listing.ts';
import { searchTerm, type SearchTerm } from '../message-search/term.ts';
import type { SearchThreadsParams } from '../search.ts';
import { turnIdText } from '../turn-index/event-fields.ts';
import type { ListItemsParams, ListTurnsParams, TurnItemsView } from '../turns.ts';
import {
  checkCursorText,
  checkPageSize,
  checkSortDirection,
  checkThreadQuery,
  type ListContext,
  type ThreadQuery,
} from './list.ts';
import { asParams, checkFlag } from './params.ts';
import { checkLoadHistory, type CheckedLoad } from './read.ts';
import { checkText } from './text.ts';

export type { OrdinalPosition } from '../cursor.ts';

export interface PageQuery extends CheckedLoad {
  readonly pageSize: number;
  readonly sortDirection: SortDirection;
  readonly from: OrdinalPosition | null;
  /** What `pageCursors` binds its cursors to. */
  readonly scope: CursorScope;
}

export interface TurnsQuery extends PageQuery {
  readonly view: TurnItemsView;
}

export interface ItemsQuery extends PageQuery {
  readonly turnId: string | null;
}

export interface SearchQuery extends ThreadQuery {
  readonly term: SearchTerm;
  readonly includeToolOutput: boolean;
}

export function checkListTurns(params: ListTurnsParams, context: ListContext): TurnsQuery {
  const page = checkPage(params, { kind: 'turns', turnId: null, direction: 'desc' }, context);
  return { ...page, view: checkView(asParams(params)['itemsView']) };
}

export function checkListItems(params: ListItemsParams, context: ListContext): ItemsQuery {
  const { turnId: given } = asParams(params);
  const turnId =
    given === undefined ? null : turnIdText(checkText(given, 'turnId', 'metadataValueBytesMax', context.limits));
  return { ...checkPage(params, { kind: 'items', turnId, direction: 'asc' }, context), turnId };
}

/** The filters and the order of `checkListThreads`, with cursors that are good for this term alone. `searchTerm` of the filter is null. */
export function checkSearchThreads(params: SearchThreadsParams, context: ListContext): SearchQuery {
  const { searchTerm: given, ...list } = asParams(params);
  const term = checkTerm(given, context);
  const includeToolOutput = checkFlag(list['includeToolOutput'], 'includeToolOutput');
  const query = checkThreadQuery(list, ['search', term.text, includeToolOutput], context);
  return { ...query, term, includeToolOutput };
}

/** Both cursors of a page, by the ordinals of its first and last entry; both null for an empty page. */
export function pageCursors(
  scope: CursorScope,
  page: { readonly first: bigint; readonly last: bigint; readonly more: boolean } | null,
): { readonly nextCursor: string | null; readonly backwardsCursor: string | null } {
  if (page === null) return { nextCursor: null, backwardsCursor: null };
  const { first, last, more } = page;
  return {
    nextCursor: more ? encodeOrdinalCursor({ ordinal: last, inclusive: false }, scope) : null,
    backwardsCursor: encodeOrdinalCursor({ ordinal: first, inclusive: true }, scope),
  };
}

interface PageKind {
  readonly kind: 'turns' | 'items';
  readonly turnId: string | null;
  /** By default. */
  readonly direction: SortDirection;
}

function checkPage(
  params: ListTurnsParams | ListItemsParams,
  { kind, turnId, direction }: PageKind,
  { limits, tenant }: ListContext,
): PageQuery {
  const given = asParams(params);
  const thread = checkLoadHistory(params);
  const scope = { tenant, fingerprint: queryFingerprint(JSON.stringify([kind, thread.threadId, turnId])) };
  const cursor = checkCursorText(given['cursor'], limits);
  return {
    ...thread,
    pageSize: checkPageSize(given['pageSize'], limits),
    sortDirection: checkSortDirection(given['sortDirection'], direction),
    from: cursor === null ? null : decodeOrdinalCursor(cursor, scope),
    scope,
  };
}

function checkView(value: unknown): TurnItemsView {
  if (value === undefined) return 'summary';
  if (value !== 'notLoaded' && value !== 'summary' && value !== 'full') {
    throw invalidField('itemsView', 'must be "notLoaded", "summary" or "full"');
  }
  return value;
}

function checkTerm(given: unknown, { limits }: ListContext): SearchTerm {
  const text = checkText(given, 'searchTerm', 'searchTermBytesMax', limits);
  if (!/[\p{L}\p{N}]/u.test(text)) throw invalidField('searchTerm', 'must hold a letter or a digit');
  return searchTerm(text);
}
