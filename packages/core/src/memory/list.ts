import { nextCursor, sortTime, type ThreadFilter, type ThreadQuery } from '../checks/list.ts';
import type { ListPosition } from '../cursor.ts';
import type { ThreadPage, ThreadRelation } from '../listing.ts';
import { sourceText } from '../source-text.ts';
import type { ThreadId } from '../thread.ts';
import type { MemoryContext } from './memory-context.ts';
import type { TenantThreads } from './memory-storage.ts';
import { storedThread } from './stored-thread.ts';
import type { ThreadRow } from './thread-row.ts';

export function list({ threads }: MemoryContext, query: ThreadQuery): ThreadPage {
  const rows = sortedRows(threads, query);
  const page = rows.slice(0, query.pageSize).map(storedThread);
  const last = page.at(-1);
  return {
    threads: page,
    nextCursor: last !== undefined && rows.length > page.length ? nextCursor(query, last) : null,
  };
}

/** All threads of a query that come after its cursor, in its order. */
export function sortedRows(threads: TenantThreads, query: ThreadQuery): readonly ThreadRow[] {
  const rows = [...threads.rows.values()].filter((row) => row.materialised);
  const step = query.sortDirection === 'asc' ? 1 : -1;
  const place = (row: ThreadRow): Place => ({ time: sortTime(row.metadata, query.sortKey), threadId: row.threadId });
  return selectedRows(rows, query)
    .map((row) => ({ row, at: place(row) }))
    .filter(({ at }) => query.after === null || step * compare(at, query.after) > 0)
    .toSorted((a, b) => step * compare(a.at, b.at))
    .map(({ row }) => row);
}

interface Place {
  readonly time: Date;
  readonly threadId: ThreadId;
}

/** A position without an id stands for all threads of its time: nothing of that time is before or after it. */
function compare(a: Place, b: ListPosition): number {
  const byTime = a.time.getTime() - b.time.getTime();
  if (byTime !== 0 || b.threadId === null || a.threadId === b.threadId) return byTime;
  return a.threadId < b.threadId ? -1 : 1;
}

function selectedRows(rows: readonly ThreadRow[], filter: ThreadFilter): readonly ThreadRow[] {
  const { relation, searchTerm } = filter;
  const related = relation === null ? null : relatedThreads(rows, relation);
  const sources = asSet(filter.sources);
  const modelProviders = asSet(filter.modelProviders);
  const cwds = asSet(filter.cwds);
  return rows.filter(
    ({ threadId, archivedAt, metadata }) =>
      (archivedAt !== null) === filter.archived &&
      (related === null || related.has(threadId)) &&
      (modelProviders === null || modelProviders.has(metadata.modelProvider)) &&
      (cwds === null || cwds.has(metadata.cwd)) &&
      (sources === null || sources.has(sourceText(metadata.source))) &&
      (searchTerm === null ||
        [metadata.name, metadata.title, metadata.preview].some((text) => text?.includes(searchTerm) === true)),
  );
}

function asSet(values: readonly string[] | null): ReadonlySet<string> | null {
  return values === null ? null : new Set(values);
}

function relatedThreads(rows: readonly ThreadRow[], relation: ThreadRelation): ReadonlySet<ThreadId> {
  if ('forksOf' in relation) {
    const { forksOf: source } = relation;
    const forks = rows.filter(({ threadId, forkedFromId }) => forkedFromId === source && threadId !== source);
    return new Set(forks.map(({ threadId }) => threadId));
  }
  return 'descendantsOf' in relation
    ? threadsBelow(rows, relation.descendantsOf, { deep: true })
    : threadsBelow(rows, relation.directChildrenOf, { deep: false });
}

/** Parents are named by whoever creates a thread: they may be missing, and they may form rings. */
function threadsBelow(
  rows: readonly ThreadRow[],
  top: ThreadId,
  { deep }: { readonly deep: boolean },
): ReadonlySet<ThreadId> {
  const childrenOf = new Map<ThreadId, ThreadId[]>();
  for (const { threadId, parentThreadId } of rows) {
    if (parentThreadId === null) continue;
    const siblings = childrenOf.get(parentThreadId);
    if (siblings === undefined) childrenOf.set(parentThreadId, [threadId]);
    else siblings.push(threadId);
  }
  const found = new Set(childrenOf.get(top));
  // A set that grows while it is walked is walked to its end.
  if (deep) {
    for (const threadId of found) for (const child of childrenOf.get(threadId) ?? []) found.add(child);
  }
  found.delete(top);
  return found;
}
