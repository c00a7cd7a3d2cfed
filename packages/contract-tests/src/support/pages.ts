import assert from 'node:assert/strict';
import type {
  ListItemsParams,
  ListTurnsParams,
  PlacedItem,
  SearchThreadsParams,
  ThreadId,
  ThreadSearchHit,
  ThreadStore,
  Turn,
} from '@threadstore/core';

/** No walk of a test has that many pages; a longer one does not end. */
const pagesMax = 500;

/** Every page of a walk along `nextCursor`; an entry of a page that has a next one is never missing. */
async function walk<Page extends { readonly nextCursor: string | null }>(
  from: string | null | undefined,
  page: (cursor: string | null) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor = from ?? null;
  while (pages.length < pagesMax) {
    const found = await page(cursor);
    pages.push(found);
    if (found.nextCursor === null) return pages;
    cursor = found.nextCursor;
  }
  assert.fail(`the walk did not end within ${pagesMax} pages`);
}

/** The turns of all pages, in order. */
export async function allTurns(store: ThreadStore, params: ListTurnsParams): Promise<Turn[]> {
  const pages = await walk(params.cursor, (cursor) => store.listTurns({ ...params, cursor }));
  for (const { turns, nextCursor } of pages) assert.ok(turns.length > 0 || nextCursor === null, 'no page is empty');
  return pages.flatMap(({ turns }) => turns);
}

/** The items of all pages, in order. */
export async function allItems(store: ThreadStore, params: ListItemsParams): Promise<PlacedItem[]> {
  const pages = await walk(params.cursor, (cursor) => store.listItems({ ...params, cursor }));
  for (const { items, nextCursor } of pages) assert.ok(items.length > 0 || nextCursor === null, 'no page is empty');
  return pages.flatMap(({ items }) => items);
}

/** The hits of all pages, in order. Pages may be short. */
export async function allHits(store: ThreadStore, params: SearchThreadsParams): Promise<ThreadSearchHit[]> {
  const pages = await walk(params.cursor, (cursor) => store.searchThreads({ ...params, cursor }));
  return pages.flatMap(({ hits }) => hits);
}

/** The threads that a search finds, in its order. */
export async function foundIds(
  store: ThreadStore,
  searchTerm: string,
  params: Partial<SearchThreadsParams> = {},
): Promise<ThreadId[]> {
  return (await allHits(store, { ...params, searchTerm })).map(({ thread }) => thread.threadId);
}

export function ordinalsOf(entries: readonly { readonly ordinal: bigint }[]): number[] {
  return entries.map(({ ordinal }) => Number(ordinal));
}
