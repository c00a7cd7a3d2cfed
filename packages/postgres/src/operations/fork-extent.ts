import {
  throwIfAborted,
  isUserMessage,
  MessageCut,
  turnCut,
  turnIdOf,
  type CheckedFork,
} from '@threadstore/core/internal';
import type { Database, RunQuery } from '../database.ts';
import type { CatchUpContext } from '../thread-index/catch-up.ts';
import { findTurn } from '../thread-index/find-turn.ts';
import type { ThreadKey } from '../thread-key.ts';
import { indexedUntil } from './indexed-thread.ts';
import { HistoryReader } from './read-history.ts';
import { readThread } from './read-thread.ts';

/** What of its source a fork gets. */
export interface ForkExtent {
  /** The first ordinal that it does not get; null: it gets all. */
  readonly until: bigint | null;
  /** Whether a message of the user is among what it gets. Of no use where it gets all. */
  readonly hasUserMessage: boolean;
}

type Fork = Pick<CheckedFork, 'source' | 'at'>;

/** Finds the fork point, where there is one, in the source as it is now. The items are read only as far as the point asks for it. */
export async function forkExtent(
  database: Database,
  key: ThreadKey,
  fork: Fork,
  context: CatchUpContext & { readonly signal: AbortSignal | undefined },
): Promise<ForkExtent> {
  if (fork.at === null) return { until: null, hasUserMessage: false };
  const until = await cutOf(database, key, fork, context);
  for await (const items of history(database.query, key, until, context.signal)) {
    if (items.some(isUserMessage)) return { until, hasUserMessage: true };
  }
  return { until, hasUserMessage: false };
}

async function cutOf(
  database: Database,
  key: ThreadKey,
  { source, at }: Fork,
  context: CatchUpContext & { readonly signal: AbortSignal | undefined },
): Promise<bigint> {
  const { query } = database;
  if (at !== null && ('beforeTurn' in at || 'throughTurn' in at)) {
    const end = await indexedUntil(database, key, source.includeArchived, context);
    return turnCut(at, await findTurn(query, key, turnIdOf(at)), end);
  }
  const { nextOrdinal: end } = await readThread(query, key, source.includeArchived);
  if (at === null) return end;
  if ('beforeOrdinal' in at) return at.beforeOrdinal < end ? at.beforeOrdinal : end;
  const reading = new MessageCut();
  for await (const items of history(query, key, end, context.signal)) for (const item of items) reading.take(item);
  return reading.cutBefore(at.beforeUserMessage) ?? end;
}

async function* history(
  query: RunQuery,
  key: ThreadKey,
  until: bigint,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, undefined> {
  const reader = new HistoryReader(key, 0n, until);
  for (;;) {
    // The call has been answered by then; this is for the reading that would go on.
    throwIfAborted(signal);
    const batch = await reader.next(query);
    if (batch === null) return;
    yield batch.items;
  }
}
