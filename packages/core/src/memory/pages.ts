import { pageCursors, type ItemsQuery, type PageQuery, type TurnsQuery } from '../checks/pages.ts';
import { limitExceeded } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';
import { summaryOrdinals, turnOf } from '../turn-index/turn-view.ts';
import type { ItemPage, PlacedItem, Turn, TurnItemsView, TurnPage } from '../turns.ts';
import type { MemoryContext } from './memory-context.ts';
import { readableRow, type ThreadRow } from './thread-row.ts';

export function listTurns({ threads, limits }: MemoryContext, query: TurnsQuery): TurnPage {
  const row = readableRow(threads, query.threadId, query.includeArchived);
  const { entries, ...cursors } = takePage(viewedTurns(row, query), query, {
    bytesMax: limits.pageBytesMax,
    // The page may end before it: only a turn that is on it is refused.
    check: ({ bytes }) => {
      if (query.view === 'full') checkTurnBytes(bytes, limits);
    },
  });
  return { turns: entries.map(({ turn }) => turn), ...cursors };
}

export function listItems({ threads, limits }: MemoryContext, query: ItemsQuery): ItemPage {
  const row = readableRow(threads, query.threadId, query.includeArchived);
  const { entries, ...cursors } = takePage(placedItems(row, query), query, { bytesMax: limits.pageBytesMax });
  return { items: entries.map(({ item }) => item), ...cursors };
}

interface PageEntry {
  readonly ordinal: bigint;
  readonly bytes: number;
}

interface PageBounds<T> {
  readonly bytesMax: number;
  readonly check?: (entry: T) => void;
}

interface TakenPage<T> {
  readonly entries: readonly T[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}

/** Reads no further than the page goes, and one entry more. */
function takePage<T extends PageEntry>(
  candidates: Iterable<T>,
  { pageSize, scope }: PageQuery,
  { bytesMax, check }: PageBounds<T>,
): TakenPage<T> {
  const entries: T[] = [];
  let bytes = 0;
  let more = false;
  for (const entry of candidates) {
    bytes += entry.bytes;
    more = entries.length > 0 && (entries.length === pageSize || bytes > bytesMax);
    if (more) break;
    check?.(entry);
    entries.push(entry);
  }
  const [first, last] = [entries[0], entries.at(-1)];
  const page = first && last && { first: first.ordinal, last: last.ordinal, more };
  return { entries, ...pageCursors(scope, page ?? null) };
}

function* viewedTurns(row: ThreadRow, query: TurnsQuery): Generator<PageEntry & { readonly turn: Turn }> {
  for (const turn of turnsFrom(row, query)) {
    const items = itemsInView(row, turn, query.view).map((ordinal) => placedItem(row, ordinal));
    const bytes = items.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    yield { ordinal: turn.firstOrdinal, bytes, turn: turnOf(turn, query.view, items) };
  }
}

function* turnsFrom({ index }: ThreadRow, { from, sortDirection }: PageQuery): Generator<TurnRecord> {
  const { turns } = index;
  if (sortDirection === 'asc') {
    const start = from === null ? 0 : index.turnsBefore(from.inclusive ? from.ordinal : from.ordinal + 1n);
    yield* turns.slice(start);
  } else {
    const end = from === null ? turns.length : index.turnsBefore(from.inclusive ? from.ordinal + 1n : from.ordinal);
    yield* turns.slice(0, end).toReversed();
  }
}

function itemsInView(row: ThreadRow, turn: TurnRecord, view: TurnItemsView): readonly bigint[] {
  switch (view) {
    case 'notLoaded':
      return [];
    case 'summary':
      return summaryOrdinals(turn);
    case 'full':
      return row.index.itemsOfTurn(turn, BigInt(row.items.length));
  }
}

function checkTurnBytes(got: number, { turnBytesMax: max }: Limits): void {
  if (got > max) throw limitExceeded({ field: 'itemsView', limit: 'turnBytesMax', max, got });
}

function* placedItems(row: ThreadRow, query: ItemsQuery): Generator<PageEntry & { readonly item: PlacedItem }> {
  for (const ordinal of query.turnId === null ? visibleItems(row, query) : itemsOfTurn(row, query, query.turnId)) {
    const item = placedItem(row, ordinal);
    yield { ordinal, bytes: Buffer.byteLength(item.json), item };
  }
}

function* visibleItems({ items, index }: ThreadRow, { from, sortDirection }: PageQuery): Generator<bigint> {
  const step = sortDirection === 'asc' ? 1n : -1n;
  const last = BigInt(items.length) - 1n;
  let ordinal = from === null ? (step === 1n ? 0n : last) : from.inclusive ? from.ordinal : from.ordinal + step;
  while (ordinal >= 0n && ordinal <= last) {
    const hidden = index.hiding(ordinal);
    if (hidden === undefined) {
      yield ordinal;
      ordinal += step;
    } else {
      ordinal = step === 1n ? hidden.until : hidden.from - 1n;
    }
  }
}

function itemsOfTurn({ items, index }: ThreadRow, { from, sortDirection }: PageQuery, turnId: string): bigint[] {
  const turn = index.find(turnId);
  if (turn === undefined) return [];
  const ordinals = index.itemsOfTurn(turn, BigInt(items.length));
  if (sortDirection === 'desc') ordinals.reverse();
  if (from === null) return ordinals;
  return ordinals.filter((ordinal) => {
    if (ordinal === from.ordinal) return from.inclusive;
    return sortDirection === 'asc' ? ordinal > from.ordinal : ordinal < from.ordinal;
  });
}

function placedItem({ items, index }: ThreadRow, ordinal: bigint): PlacedItem {
  const json = items[Number(ordinal)];
  if (json === undefined) throw new RangeError(`no item at ordinal ${ordinal}`);
  return { ordinal, turnId: index.turnOfItem(ordinal)?.turnId ?? null, json };
}
