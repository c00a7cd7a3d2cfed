import type { ThreadStore } from '@threadstore/core';

/** Items as an agent's session writes them. */

export function event(type: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ type: 'event_msg', payload: { type, ...fields } });
}

export const started = (turnId: string): string => event('task_started', { turn_id: turnId });
export const completed = (turnId: string): string => event('task_complete', { turn_id: turnId });
export const userSays = (message: string): string => event('user_message', { message });
export const agentSays = (message: string, phase: string | null = null): string =>
  event('agent_message', { message, phase });
export const rolledBack = (turns: number): string => event('thread_rolled_back', { num_turns: turns });
export const toolEnds = (turnId: string): string =>
  event('exec_command_end', { call_id: 'call', turn_id: turnId, command: ['true'], exit_code: 0 });
export const toolOutput = (output: string): string =>
  JSON.stringify({ type: 'response_item', payload: { type: 'function_call_output', call_id: 'call', output } });

/** A whole turn. */
export function turn(turnId: string, text = turnId): readonly string[] {
  return [started(turnId), userSays(`please ${text}`), agentSays(`did ${text}`, 'final_answer'), completed(turnId)];
}

interface PageParams {
  readonly cursor: string | null;
  readonly pageSize: number;
}

/** All entries of a list, by pages of this size. */
async function walked<T>(
  pageSize: number,
  page: (params: PageParams) => Promise<{ readonly entries: readonly T[]; readonly nextCursor: string | null }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const { entries, nextCursor }: Awaited<ReturnType<typeof page>> = await page({ cursor, pageSize });
    all.push(...entries);
    cursor = nextCursor;
  } while (cursor !== null);
  return all;
}

/** Everything that the indexes tell of a thread, and of searches for these terms. */
export async function toldOf(
  store: ThreadStore,
  threadId: string,
  pageSize: number,
  terms: readonly string[] = [],
): Promise<unknown> {
  const turns = (itemsView: 'notLoaded' | 'summary' | 'full', sortDirection: 'asc' | 'desc') =>
    walked(pageSize, async (params) => {
      const { turns: entries, nextCursor } = await store.listTurns({ threadId, itemsView, sortDirection, ...params });
      return { entries, nextCursor };
    });
  const items = (sortDirection: 'asc' | 'desc', turnId: string | null) =>
    walked(pageSize, async (params) => {
      const of = { threadId, sortDirection, ...(turnId !== null && { turnId }), ...params };
      const { items: entries, nextCursor } = await store.listItems(of);
      return { entries, nextCursor };
    });
  const full = await turns('full', 'asc');
  const ids = [...new Set(full.map(({ turnId }) => turnId))];
  const searches = terms.flatMap((searchTerm) =>
    [false, true].map(async (includeToolOutput) => {
      const { hits } = await store.searchThreads({ searchTerm, includeToolOutput, pageSize: 200 });
      const mine = hits.find((hit) => hit.thread.threadId === threadId);
      return [searchTerm, includeToolOutput, mine?.ordinal, mine?.turnId, mine?.snippet];
    }),
  );
  return {
    full,
    backwards: await turns('full', 'desc'),
    summaries: await turns('summary', 'desc'),
    bare: await turns('notLoaded', 'asc'),
    items: await items('asc', null),
    itemsBackwards: await items('desc', null),
    ofTurns: await Promise.all(ids.flatMap((id) => [items('asc', id), items('desc', id)])),
    searches: await Promise.all(searches),
  };
}
