import type { ThreadId } from '@threadstore/core';
import type { Database, Row } from '../database.ts';
import { integer, text } from '../row.ts';
import { isShown } from '../thread-index/shown.ts';

/** What is looked for. */
export interface WordQuery {
  readonly tenant: string;
  /** A `tsquery`. */
  readonly words: string;
  readonly includeToolOutput: boolean;
}

/** Messages that have the words, by thread, latest first. Whether they hold the term is another matter. */
export interface Candidates {
  /** The threads that have any; null: not known. */
  readonly threads: readonly ThreadId[] | null;
  /** At most `count` of each thread, before an ordinal where one is given; a thread that has no more is left out. */
  of(
    threads: readonly { readonly threadId: ThreadId; readonly before: bigint | null }[],
    count: number,
  ): Promise<ReadonlyMap<ThreadId, readonly bigint[]>>;
}

/** Of more messages than this, the list of threads is walked, for one of the first will be a hit. */
const rareMax = 5_000;

/** The tenant is in the words; named again so that no other index seems fit. A message may be written later than the rollback that hides it. */
export const probeStatement = `
  select thread_id, ordinal
  from threadstore.messages as message
  where words @@ $2::tsquery and tenant || '' = $1 and (not by_tool or $3::boolean) and ${isShown('message')}
  limit ${rareMax + 1}`;

/** The planner knows little of words, and would read all messages when it takes one for frequent. */
export const probeSettings = 'set local enable_seqscan = off';

export async function findCandidates(database: Database, query: WordQuery): Promise<Candidates> {
  const rows = await database.transaction(async ({ query: run, script }) => {
    await script(probeSettings);
    return run(probeStatement, [query.tenant, query.words, `${query.includeToolOutput}`]);
  });
  if (rows.length > rareMax) return new FrequentCandidates(database, query);
  return new RareCandidates(ordinalsByThread(rows));
}

function ordinalsByThread(rows: readonly Row[]): ReadonlyMap<ThreadId, bigint[]> {
  const found = new Map<ThreadId, bigint[]>();
  for (const row of rows) {
    const threadId = text(row, 'thread_id');
    const ordinals = found.get(threadId) ?? [];
    ordinals.push(integer(row, 'ordinal'));
    found.set(threadId, ordinals);
  }
  return found;
}

/** All of them, which are few. */
class RareCandidates implements Candidates {
  readonly threads: readonly ThreadId[];
  readonly #found: ReadonlyMap<ThreadId, bigint[]>;

  constructor(found: ReadonlyMap<ThreadId, bigint[]>) {
    this.threads = [...found.keys()];
    this.#found = found;
    for (const ordinals of found.values()) ordinals.sort((one, other) => (one < other ? 1 : -1));
  }

  async of(...[threads, count]: Parameters<Candidates['of']>): ReturnType<Candidates['of']> {
    const found = new Map<ThreadId, readonly bigint[]>();
    for (const { threadId, before } of threads) {
      const ordinals = this.#found.get(threadId) ?? [];
      const some = ordinals.filter((ordinal) => before === null || ordinal < before).slice(0, count);
      if (some.length > 0) found.set(threadId, some);
    }
    return found;
  }
}

/** `is true` keeps the index of words out of it: it would find the messages of all threads, for each. */
export const latestStatement = `
  select thread.id as thread_id, message.ordinal
  from unnest($2::uuid[], $3::bigint[]) as thread (id, before)
  cross join lateral (
    select ordinal
    from threadstore.messages as message
    where tenant = $1 and thread_id = thread.id and ordinal < coalesce(thread.before, 9223372036854775807)
      and (words @@ $4::tsquery) is true and (not by_tool or $5::boolean) and ${isShown('message')}
    order by ordinal desc
    limit $6::bigint
  ) as message`;

/** From the latest message back, and no further than it takes. The planner would rather collect all messages of a thread, and sort them. */
export const latestSettings = 'set local enable_bitmapscan = off; set local enable_seqscan = off';

class FrequentCandidates implements Candidates {
  readonly threads = null;
  readonly #database: Database;
  readonly #query: WordQuery;

  constructor(database: Database, query: WordQuery) {
    this.#database = database;
    this.#query = query;
  }

  async of(...[threads, count]: Parameters<Candidates['of']>): ReturnType<Candidates['of']> {
    const { tenant, words, includeToolOutput } = this.#query;
    const params = [
      tenant,
      threads.map(({ threadId }) => threadId),
      threads.map(({ before }) => (before === null ? null : `${before}`)),
      words,
      `${includeToolOutput}`,
      `${count}`,
    ];
    const rows = await this.#database.transaction(async ({ query, script }) => {
      await script(latestSettings);
      return query(latestStatement, params);
    });
    return ordinalsByThread(rows);
  }
}
