import assert from 'node:assert/strict';
import type { ListItemsParams, SortDirection, ThreadStore } from '@threadstore/core';
import { tokenCount, wholeTurn } from './events.ts';
import type { Writer } from './threads.ts';

/** A page of such a list. */
export interface Page {
  /** What stands on the page, each by the number of the turn that it is of. */
  readonly entries: readonly number[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}

export type PageParams = Omit<ListItemsParams, 'turnId'>;

/** A list with cursors that go both ways, seen as a row of numbers. */
export interface Paged {
  readonly operation: 'listTurns' | 'listItems';
  readonly page: (store: ThreadStore, params: PageParams) => Promise<Page>;
  /** What the list has one more entry by. */
  readonly entry: (n: number) => readonly string[];
}

export const turnPages: Paged = {
  operation: 'listTurns',
  page: async (store, params) => {
    const page = await store.listTurns(params);
    return { ...page, entries: page.turns.map(({ turnId }) => Number(turnId)) };
  },
  entry: (n) => [...wholeTurn(String(n)), tokenCount(n)],
};

/** Each item is a turn of its own here: rollbacks take back whole turns. */
export const itemPages: Paged = {
  operation: 'listItems',
  page: async (store, params) => {
    const page = await store.listItems(params);
    // The marker of a rollback has no turn.
    return { ...page, entries: page.items.flatMap(({ turnId }) => (turnId === null ? [] : [Number(turnId)])) };
  },
  entry: (n) => wholeTurn(String(n)).slice(0, 1),
};

/** The numbers from the first up to before the second. */
export function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, n) => from + n);
}

export function ordered(entries: readonly number[], direction: SortDirection): readonly number[] {
  return direction === 'asc' ? entries : entries.toReversed();
}

export async function appendEntries(writer: Writer, paged: Paged, from: number, until: number): Promise<void> {
  await writer.append(...range(from, until).flatMap((n) => paged.entry(n)));
}

/** What stands on the pages from the cursor on. */
export async function rest(paged: Paged, store: ThreadStore, params: PageParams): Promise<number[]> {
  const entries: number[] = [];
  let cursor = params.cursor ?? null;
  for (let page = 0; page < 200; page += 1) {
    const found = await paged.page(store, { ...params, cursor });
    entries.push(...found.entries);
    if (found.nextCursor === null) return entries;
    cursor = found.nextCursor;
  }
  assert.fail('the walk did not end');
}
