import { decodeCursor, encodeCursor, queryFingerprint, type CursorScope, type ListPosition } from '../cursor.ts';
import { invalidField, limitExceeded } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { ListThreadsParams, SortDirection, ThreadRelation, ThreadSortKey } from '../listing.ts';
import { sourceText } from '../source-text.ts';
import type { StoredThread, ThreadId } from '../thread.ts';
import { asParams, checkFlag, soleMember, type MemberOf, type Untyped } from './params.ts';
import { checkSource } from './patch.ts';
import { checkBytes, checkText } from './text.ts';
import { checkThreadId } from './thread-id.ts';

/** A list query with every default filled in. */
export interface ThreadQuery extends ThreadFilter {
  readonly pageSize: number;
  readonly sortKey: ThreadSortKey;
  readonly sortDirection: SortDirection;
  /** The page begins strictly after it in the sort's direction. */
  readonly after: ListPosition | null;
  /** What `nextCursor` binds its cursors to. */
  readonly scope: CursorScope;
}

/** Which threads are listed. `null`: no such filter. Lists are without duplicates and never empty, `cwds` excepted. */
export interface ThreadFilter {
  /** Texts as `sourceText` makes them. */
  readonly sources: readonly string[] | null;
  readonly modelProviders: readonly string[] | null;
  /** Empty: no thread at all. */
  readonly cwds: readonly string[] | null;
  readonly archived: boolean;
  readonly searchTerm: string | null;
  readonly relation: ThreadRelation | null;
}

export interface ListContext {
  readonly limits: Limits;
  readonly tenant: string;
}

export function checkListThreads(params: ListThreadsParams | undefined, context: ListContext): ThreadQuery {
  return checkThreadQuery(asParams(params ?? {}), [], context);
}

/** A list whose cursors are good only for the same `kind`. */
export function checkThreadQuery(
  given: Untyped,
  kind: readonly (string | boolean)[],
  { limits, tenant }: ListContext,
): ThreadQuery {
  const sortKey = checkSortKey(given.sortKey);
  const sortDirection = checkSortDirection(given.sortDirection, 'desc');
  const filter: ThreadFilter = {
    sources: orNull(checkValues(given.allowedSources, 'allowedSources', limits, checkSourceText)),
    modelProviders: orNull(checkValues(given.modelProviders ?? undefined, 'modelProviders', limits, checkValue)),
    cwds: checkValues(given.cwdFilters ?? undefined, 'cwdFilters', limits, checkValue),
    archived: checkFlag(given.archived, 'archived'),
    searchTerm: checkSearchTerm(given.searchTerm, limits),
    relation: checkRelation(given.relation),
  };
  const fingerprint = queryFingerprint(JSON.stringify([...kind, sortKey, sortDirection, ...fingerprintParts(filter)]));
  const scope = { tenant, fingerprint };
  return {
    ...filter,
    pageSize: checkPageSize(given.pageSize, limits),
    sortKey,
    sortDirection,
    after: checkCursor(given.cursor, scope, sortDirection, limits),
    scope,
  };
}

/** The cursor of the page after the one that ends with this thread. */
export function nextCursor(query: ThreadQuery, last: StoredThread): string {
  return encodeCursor({ time: sortTime(last, query.sortKey), threadId: last.threadId }, query.scope);
}

/** The time that a thread is sorted by. */
export function sortTime(
  thread: Pick<StoredThread, 'createdAt' | 'updatedAt' | 'recencyAt'>,
  sortKey: ThreadSortKey,
): Date {
  switch (sortKey) {
    case 'created_at':
      return thread.createdAt;
    case 'updated_at':
      return thread.updatedAt;
    case 'recency_at':
      return thread.recencyAt;
  }
}

/** The filter in a form that is the same for the same filter, in whatever order its values were given. */
function fingerprintParts({ sources, modelProviders, cwds, archived, searchTerm, relation }: ThreadFilter): unknown[] {
  const sorted = (values: readonly string[] | null): readonly string[] | null => values?.toSorted() ?? null;
  return [sorted(sources), sorted(modelProviders), sorted(cwds), archived, searchTerm, relation];
}

export function checkPageSize(value: unknown, limits: Limits): number {
  if (value === undefined || value === 0) return Math.min(limits.pageSizeDefault, limits.pageSizeMax);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw invalidField('pageSize', 'must be an integer, 0 or more');
  }
  return Math.min(value, limits.pageSizeMax);
}

function checkSortKey(value: unknown): ThreadSortKey {
  if (value === undefined) return 'created_at';
  if (value !== 'created_at' && value !== 'updated_at' && value !== 'recency_at') {
    throw invalidField('sortKey', 'must be "created_at", "updated_at" or "recency_at"');
  }
  return value;
}

export function checkSortDirection(value: unknown, byDefault: SortDirection): SortDirection {
  if (value === undefined) return byDefault;
  if (value !== 'asc' && value !== 'desc') throw invalidField('sortDirection', 'must be "asc" or "desc"');
  return value;
}

function checkCursor(
  value: unknown,
  scope: CursorScope,
  direction: SortDirection,
  limits: Limits,
): ListPosition | null {
  const cursor = checkCursorText(value, limits);
  return cursor === null ? null : decodeCursor(cursor, scope, direction);
}

export function checkCursorText(value: unknown, limits: Limits): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalidField('cursor', 'must be a string');
  checkBytes(value, 'cursor', 'cursorBytesMax', limits);
  return value;
}

type ValueCheck = (value: unknown, field: string, limits: Limits) => string;

const checkValue: ValueCheck = (value, field, limits) => checkText(value, field, 'metadataValueBytesMax', limits);

const checkSourceText: ValueCheck = (value, field, limits) => sourceText(checkSource(value, field, limits));

/** The values of a filter without duplicates; null when it is absent. */
function checkValues(given: unknown, field: string, limits: Limits, check: ValueCheck): readonly string[] | null {
  if (given === undefined) return null;
  if (!Array.isArray(given)) throw invalidField(field, 'must be an array');
  const max = limits.filterValuesMax;
  if (given.length > max) throw limitExceeded({ field, limit: 'filterValuesMax', max, got: given.length });
  return [...new Set(Array.from(given, (value: unknown, index) => check(value, `${field}[${index}]`, limits)))];
}

function orNull(values: readonly string[] | null): readonly string[] | null {
  return values?.length === 0 ? null : values;
}

function checkSearchTerm(value: unknown, limits: Limits): string | null {
  if (value === undefined || value === null || value === '') return null;
  return checkText(value, 'searchTerm', 'searchTermBytesMax', limits);
}

const relations: Readonly<Record<MemberOf<ThreadRelation>, (threadId: ThreadId) => ThreadRelation>> = {
  directChildrenOf: (threadId) => ({ directChildrenOf: threadId }),
  descendantsOf: (threadId) => ({ descendantsOf: threadId }),
  forksOf: (threadId) => ({ forksOf: threadId }),
};

function checkRelation(value: unknown): ThreadRelation | null {
  if (value === undefined || value === null) return null;
  const [member, relation] = soleMember(value, 'relation', relations);
  return relation(checkThreadId(member.value, member.field));
}
