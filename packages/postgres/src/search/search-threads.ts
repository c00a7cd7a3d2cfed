import type { StoredThread, ThreadSearchHit, ThreadSearchPage } from '@threadstore/core';
import { nextCursor, type SearchQuery, sortTime } from '@threadstore/core/internal';
import type { Database } from '../database.ts';
import { listThreads } from '../operations/list-threads.ts';
import { text } from '../row.ts';
import { catchUp, type CatchUpContext } from '../thread-index/catch-up.ts';
import { indexMessages } from '../thread-index/index-messages.ts';
import type { TenantWords } from '../thread-index/words.ts';
import { findCandidates } from './candidates.ts';
import { Budget, latestMatches } from './verify.ts';

/** Threads that are listed, and looked into, at once. */
const threadsAtOnce = 100;
const threadsBehindMax = 500;
/** What a search spends on what is not indexed yet. More can be missing after a migration, or where appends leave the indexes alone. */
const catchUpMs = 1_000;

/** Threads of which turns are missing, by which a search knows what is hidden. */
export const behindStatement = `
  select thread_id from threadstore.threads where tenant = $1 and index_from is not null limit $2::bigint`;

/** What a search shares with appends. */
interface SearchContext extends CatchUpContext {
  readonly words: TenantWords;
}

/**
 * Walks the list of threads, or, where few messages have the words of the term, those of it that have them, and reads the latest of
 * these messages to see whether they hold the term.
 */
export async function searchThreads(
  database: Database,
  tenant: string,
  search: SearchQuery,
  context: SearchContext,
): Promise<ThreadSearchPage> {
  if (search.cwds?.length === 0) return { hits: [], nextCursor: null };
  await catchUpSome(database, tenant, context);
  const { term, includeToolOutput, pageSize } = search;
  const words = context.words.query(term);
  const candidates = await findCandidates(database, { tenant, words, includeToolOutput });
  const budget = new Budget();
  const hits: ThreadSearchHit[] = [];
  let { after } = search;
  let last: StoredThread | undefined;
  for (;;) {
    const chunk = { ...search, after, pageSize: threadsAtOnce - 1 };
    const threads = await listThreads(database.query, tenant, chunk, candidates.threads);
    const ids = threads.map(({ threadId }) => threadId);
    const matches = await latestMatches(ids, { query: database.query, tenant, term, candidates, budget });
    budget.walk(threads.length);
    for (const thread of threads) {
      const match = matches.get(thread.threadId);
      if (match === undefined) return { hits, nextCursor: last === undefined ? null : nextCursor(search, last) };
      // One more than the page shows: there is another page.
      if (match !== null && hits.length === pageSize)
        return { hits, nextCursor: nextCursor(search, hits.at(-1)?.thread ?? thread) };
      if (match !== null) hits.push({ thread, ...match });
      last = thread;
    }
    if (last === undefined || threads.length < threadsAtOnce) return { hits, nextCursor: null };
    if (budget.isSpent) return { hits, nextCursor: nextCursor(search, last) };
    after = { time: sortTime(last, search.sortKey), threadId: last.threadId };
  }
}

/** So that a search finds what was said before it. It answers all the same where that can't be done: without what is missing. */
async function catchUpSome(database: Database, tenant: string, context: SearchContext): Promise<void> {
  const end = performance.now() + catchUpMs;
  const isStopped = (): boolean => performance.now() > end;
  const rows = await database.query(behindStatement, [tenant, `${threadsBehindMax}`]);
  for (const row of rows) {
    if (isStopped()) break;
    const key = { tenant, threadId: text(row, 'thread_id') };
    await catchUp(database, key, context, { isStopped, lockWaitMs: catchUpMs }).catch(ignore);
  }
  const pass = { tenant, words: context.words, threadId: null, waits: true };
  let more = true;
  for (let passes = 0; more && (passes === 0 || !isStopped()); passes += 1) {
    more = await indexMessages(database, pass).catch(() => false);
  }
}

function ignore(): void {
  // The next search tries again.
}
