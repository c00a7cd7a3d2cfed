import { nextCursor } from '../checks/list.ts';
import type { SearchQuery } from '../checks/pages.ts';
import { matchSnippet } from '../message-search/term.ts';
import type { ThreadSearchHit, ThreadSearchPage } from '../search.ts';
import { factsOfText } from '../turn-index/item-facts.ts';
import { sortedRows } from './list.ts';
import type { MemoryContext } from './memory-context.ts';
import { storedThread } from './stored-thread.ts';
import type { ThreadRow } from './thread-row.ts';

export function search({ threads }: MemoryContext, query: SearchQuery): ThreadSearchPage {
  const hits: ThreadSearchHit[] = [];
  for (const row of sortedRows(threads, query)) {
    const hit = latestHit(row, query);
    if (hit === null) continue;
    const last = hits.at(-1);
    if (last !== undefined && hits.length === query.pageSize) {
      return { hits, nextCursor: nextCursor(query, last.thread) };
    }
    hits.push(hit);
  }
  return { hits, nextCursor: null };
}

function latestHit(row: ThreadRow, { term, includeToolOutput }: SearchQuery): ThreadSearchHit | null {
  const { index, items } = row;
  for (const { ordinal, by } of index.messages.toReversed()) {
    if ((by === 'tool' && !includeToolOutput) || index.hiding(ordinal) !== undefined) continue;
    const said = factsOfText(items[Number(ordinal)] ?? '')?.said;
    const snippet = said ? matchSnippet(said.text, term) : null;
    if (snippet === null) continue;
    return { thread: storedThread(row), snippet, ordinal, turnId: index.turnOfItem(ordinal)?.turnId ?? null };
  }
  return null;
}
