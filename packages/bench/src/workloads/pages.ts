import { RemoteThreadStore } from '@threadstore/client';
import { fillThread, sessionItems } from '../contenders/fill.ts';
import { startService } from '../contenders/service.ts';
import { pairRow } from '../measuring/side-by-side.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { sessionNote, turnItems } from '../session.ts';
import type { Workload } from './workload.ts';

const [longItems, shortItems] = [1_000_000, 1_000];
const pageSize = 50;
const walkSize = 200;

export const pages: Workload = {
  about: `a page of ${pageSize} turns of a thread of ${longItems.toLocaleString('en')} items, against the same of one of ${shortItems.toLocaleString('en')}`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    const { endpoint, database } = service;
    const count = Math.max(shortItems, Math.round(longItems * scale));
    const small = await fillThread(endpoint, shortItems, sessionItems(1));
    const large = await fillThread(endpoint, count, sessionItems(2));
    await postgres.settle(database);
    await using store = new RemoteThreadStore({ endpoint });
    const rows = [['page', 'short thread ms', 'long thread ms', 'the long one takes']];
    const [smallMiddle, largeMiddle] = [await middle(store, small, shortItems), await middle(store, large, count)];
    const places = [
      { name: 'of turns, at the end', at: {}, smallAt: null, largeAt: null },
      { name: 'of turns, in the middle', at: {}, smallAt: smallMiddle, largeAt: largeMiddle },
      { name: 'of turns, at the start', at: { sortDirection: 'asc' }, smallAt: null, largeAt: null },
    ] as const;
    for (const { name, at, smallAt, largeAt } of places) {
      const page = (threadId: string, cursor: string | null) => () =>
        store.listTurns({ threadId, pageSize, cursor, ...at });
      rows.push([...(await pairRow({ name, small: page(small, smallAt), large: page(large, largeAt) }, plan))]);
    }
    const items = (threadId: string) => () => store.listItems({ threadId, pageSize, sortDirection: 'desc' });
    rows.push([...(await pairRow({ name: 'of items, at the end', small: items(small), large: items(large) }, plan))]);
    return { rows, notes: [sessionNote, `The long thread had ${count.toLocaleString('en')} items.`] };
  },
};

/** The cursor of the page that begins with the turn in the middle, or where a short thread has a whole page left. */
async function middle(store: RemoteThreadStore, threadId: string, items: number): Promise<string | null> {
  let left = Math.min(Math.floor(items / turnItems / 2), Math.floor(items / turnItems) - pageSize);
  let cursor: string | null = null;
  while (left > 0) {
    const params = { threadId, cursor, pageSize: Math.min(walkSize, left), itemsView: 'notLoaded' } as const;
    const page: Awaited<ReturnType<RemoteThreadStore['listTurns']>> = await store.listTurns(params);
    left -= page.turns.length;
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return cursor;
}
