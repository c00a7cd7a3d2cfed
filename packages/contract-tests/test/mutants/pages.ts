import {
  ThreadStoreError,
  type ItemPage,
  type ListItemsParams,
  type ListTurnsParams,
  type PlacedItem,
  type ThreadStore,
  type TurnPage,
} from '@threadstore/core';
import type { Mutant, Mutation } from './mutant.ts';

type Params = ListItemsParams | ListTurnsParams;
type Page = ItemPage | TurnPage;
type Ask = (params: Params) => Promise<Page>;

/** The same mistake in the pages of turns and in those of items. */
function bothPages(mistake: string, change: (ask: Ask, params: Params) => Promise<Page>): readonly Mutant[] {
  return (['listTurns', 'listItems'] as const).map((operation) => ({
    mistake: `${mistake} (${operation})`,
    chapters: [`${operation}: cursors`],
    mutate: (store): Mutation => {
      const ask: Ask = (params) => store[operation](params);
      return { [operation]: (params: Params) => change(ask, params) };
    },
  }));
}

function lengthOf(page: Page): number {
  return 'turns' in page ? page.turns.length : page.items.length;
}

function cut(page: Page, from: number, until: number): Page {
  return 'turns' in page
    ? { ...page, turns: page.turns.slice(from, until) }
    : { ...page, items: page.items.slice(from, until) };
}

/** The cursor that includes the last entry of a page. */
async function cursorOfLast(ask: Ask, params: Params, length: number): Promise<string | null> {
  let at = await ask({ ...params, pageSize: 1 });
  for (let n = 1; n < length; n += 1) at = await ask({ ...params, pageSize: 1, cursor: at.nextCursor });
  return at.backwardsCursor;
}

/** Of all store objects: a cursor is good on each. */
const offsets = new Map<string, number>();

const cursorMutants: readonly Mutant[] = [
  ...bothPages('repeats the last of a page on the next', async (ask, params) => {
    const page = await ask(params);
    return page.nextCursor === null ? page : { ...page, nextCursor: await cursorOfLast(ask, params, lengthOf(page)) };
  }),
  ...bothPages('leaves out the first of a page on the way back', async (ask, params) => {
    const page = await ask(params);
    const { nextCursor } = await ask({ ...params, pageSize: 1 });
    return { ...page, backwardsCursor: nextCursor ?? page.backwardsCursor };
  }),
  ...bothPages('goes back from the last of a page', async (ask, params) => {
    const page = await ask(params);
    return { ...page, backwardsCursor: await cursorOfLast(ask, params, lengthOf(page)) };
  }),
  ...bothPages('has a next cursor on the last page, too', async (ask, params) => {
    const page = await ask(params);
    return { ...page, nextCursor: page.nextCursor ?? page.backwardsCursor };
  }),
  ...bothPages('has no backwards cursor on the first page', async (ask, params) => {
    const page = await ask(params);
    return { ...page, backwardsCursor: typeof params.cursor === 'string' ? page.backwardsCursor : null };
  }),
  ...bothPages('ends a walk a page early', async (ask, params) => {
    const page = await ask(params);
    if (page.nextCursor === null) return page;
    const next = await ask({ ...params, cursor: page.nextCursor });
    return { ...page, nextCursor: next.nextCursor === null ? null : page.nextCursor };
  }),
  ...bothPages('ignores a cursor that it does not know', (ask, params) =>
    ask(params).catch((error: unknown) => {
      if (!(error instanceof ThreadStoreError) || !error.reason.includes('CURSOR')) throw error;
      return ask({ ...params, cursor: null });
    }),
  ),
  ...bothPages('has the whole list on one page', async (ask, params) => {
    const page = await ask({ ...params, pageSize: 200 });
    return params.pageSize === undefined ? cut(page, 0, 50) : page;
  }),
  ...bothPages('takes a page size of 0 for one', (ask, params) =>
    ask(params.pageSize === 0 ? { ...params, pageSize: 1 } : params),
  ),
  ...(['listTurns', 'listItems'] as const).map((operation) => ({
    mistake: `pages by counting, not by place (${operation})`,
    chapters: [`${operation}: cursors`],
    mutate: (store: ThreadStore): Mutation => {
      return {
        [operation]: async (params: Params) => {
          const offset = offsets.get(params.cursor ?? '');
          if (offset === undefined && typeof params.cursor === 'string') return store[operation](params);
          const all = await store[operation]({ ...params, cursor: null, pageSize: 200 });
          const end = (offset ?? 0) + (params.pageSize ?? 50);
          const nextCursor = end < lengthOf(all) ? `offset ${end} ${params.threadId}` : null;
          if (nextCursor !== null) offsets.set(nextCursor, end);
          return { ...cut(all, offset ?? 0, end), nextCursor };
        },
      };
    },
  })),
];

const itemMutants: readonly Mutant[] = [
  itemMutant('shows hidden items', ['listItems', 'listTurns: rollbacks', 'the model'], async (store, params) => {
    const page = await store.listItems(params);
    if (page.nextCursor !== null || typeof params.cursor === 'string' || params.turnId !== undefined) return page;
    const { items } = await store.loadHistory(params);
    const known = new Map(page.items.map((item) => [item.ordinal, item]));
    const all = items.map((json, n) => known.get(BigInt(n)) ?? { ordinal: BigInt(n), turnId: null, json });
    return { ...page, items: params.sortDirection === 'desc' ? all.toReversed() : all };
  }),
  itemMutant('puts a late item with the turn it stands in', ['listItems', 'the model'], async (store, params) => {
    const page = await store.listItems({ ...params });
    const items: PlacedItem[] = [];
    for (const [n, item] of page.items.entries()) {
      const [before, after] = [items.at(-1)?.turnId, page.items[n + 1]?.turnId];
      items.push(before !== undefined && before === after ? { ...item, turnId: before } : item);
    }
    return { ...page, items };
  }),
  itemMutant(
    'forgets the late items of a turn',
    ['listItems', 'listTurns: events', 'the model'],
    async (store, params) => {
      const page = await store.listItems(params);
      if (params.turnId === undefined || params.sortDirection === 'desc') return page;
      const { turns } = await store.listTurns({ ...params, cursor: null, pageSize: 200, itemsView: 'notLoaded' });
      const next = turns
        .filter(({ firstOrdinal }) => firstOrdinal > (page.items[0]?.ordinal ?? 0n))
        .map((turn) => turn.firstOrdinal);
      return {
        ...page,
        items: page.items.filter(({ ordinal }) => next.every((firstOrdinal) => ordinal < firstOrdinal)),
      };
    },
  ),
  itemMutant(
    'shows items of no turn under the turn before them',
    ['listItems', 'listTurns: events', 'the model'],
    async (store, params) => {
      const page = await store.listItems(params);
      let turnId: string | null = null;
      return { ...page, items: page.items.map((item) => ({ ...item, turnId: (turnId = item.turnId ?? turnId) })) };
    },
  ),
  itemMutant('gives the latest items first', ['listItems', 'the model'], (store, params) =>
    store.listItems({ ...params, sortDirection: params.sortDirection === 'asc' ? 'desc' : 'asc' }),
  ),
  itemMutant('gives the items of all turns', ['listItems', 'listTurns: events'], (store, { turnId: _, ...params }) =>
    store.listItems(params),
  ),
  itemMutant('knows no turn with an id of another', ['listItems', 'listTurns: events'], async (store, params) => {
    if (params.turnId === undefined) return store.listItems(params);
    const { turns } = await store.listTurns({
      ...params,
      cursor: null,
      pageSize: 200,
      sortDirection: 'asc',
      itemsView: 'full',
    });
    const items = turns.find(({ turnId }) => turnId === params.turnId)?.items ?? [];
    return { items, nextCursor: null, backwardsCursor: (await store.listItems(params)).backwardsCursor };
  }),
  itemMutant('prints items again', ['listItems'], async (store, params) => {
    const page = await store.listItems(params);
    return { ...page, items: page.items.map((item) => ({ ...item, json: JSON.stringify(JSON.parse(item.json)) })) };
  }),
];

function itemMutant(
  mistake: string,
  chapters: readonly string[],
  listItems: (store: ThreadStore, params: ListItemsParams) => Promise<ItemPage>,
): Mutant {
  return { mistake, chapters, mutate: (store) => ({ listItems: (params) => listItems(store, params) }) };
}

export const pageMutants: readonly Mutant[] = [...cursorMutants, ...itemMutants];
