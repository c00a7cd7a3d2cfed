import type { ThreadId } from '@threadstore/core';
import { checkThreadId, raceAbort, threadNotFound, throwIfAborted } from '@threadstore/core/internal';
import type { Database, Param } from '../database.ts';
import { checkSchema } from '../migrate.ts';
import { withRepetition } from '../repetition.ts';
import { integer, text } from '../row.ts';
import { tenantsOf } from '../tenant-wall.ts';
import { catchUp } from './catch-up.ts';
import { indexMessages } from './index-messages.ts';
import { indexTables } from './index-tables.ts';
import { KnownTurns } from './known-turns.ts';
import { noteMessages } from './messages-behind.ts';
import { TenantWords } from './words.ts';

export interface ReindexOptions {
  /** Absent: all tenants, which the owner of the schema alone can find out. */
  readonly tenant?: string;
  /** Absent: all threads. */
  readonly threadId?: ThreadId;
  /** Ends it after the transaction under way. What was done stays, and a thread that was begun is finished when it is read. */
  readonly signal?: AbortSignal;
  /** Called when a thread is done. */
  readonly onThread?: (thread: ReindexedThread) => void;
}

export interface ReindexedThread {
  readonly tenant: string;
  readonly threadId: ThreadId;
  readonly items: bigint;
}

export interface ReindexResult {
  readonly threads: number;
  readonly items: bigint;
}

const threadsAtOnce = 100;
/** For the rows of the largest threads. */
const statementTimeoutMs = 5 * 60_000;

const nextThreads = `
  select thread_id
  from threadstore.threads
  where tenant = $1 and materialized
    and ($2::uuid is null or thread_id > $2::uuid) and ($3::uuid is null or thread_id = $3::uuid)
  order by thread_id
  limit ${threadsAtOnce}`;

const restart = `
  update threadstore.threads set index_from = case when next_ordinal > 0 then 0 end
  where tenant = $1 and thread_id = $2 and materialized
  returning next_ordinal`;

const clear = indexTables.map((table) => `delete from threadstore.${table} where tenant = $1 and thread_id = $2`);

/**
 * Makes what listing turns and items, and searching, read anew from the items, thread by thread, while the threads are in use: a call
 * for a thread that is being made anew waits for it, as its appends do for moments. Retry: safe.
 *
 * Errors: `not_found` for a `threadId` that no tenant, or not this one, has; `unavailable`.
 */
export async function reindexThreads(database: Database, options: ReindexOptions = {}): Promise<ReindexResult> {
  throwIfAborted(options.signal);
  const threadId = options.threadId === undefined ? null : checkThreadId(options.threadId);
  await checkSchema(database);
  return raceAbort(reindexAll(database, threadId, options), options.signal, 'unknown');
}

async function reindexAll(
  database: Database,
  threadId: ThreadId | null,
  options: ReindexOptions,
): Promise<ReindexResult> {
  let threads = 0;
  let items = 0n;
  const tenants = options.tenant === undefined ? await tenantsOf(database) : [options.tenant];
  for (const tenant of tenants) {
    const of = { tenant, threadId, signal: options.signal };
    for await (const thread of reindexed(database.forTenant(tenant), of)) {
      threads += 1;
      items += thread.items;
      options.onThread?.(thread);
    }
  }
  if (threadId !== null && threads === 0) throw threadNotFound(threadId);
  return { threads, items };
}

interface TenantThreads {
  readonly tenant: string;
  /** Null: all. */
  readonly threadId: ThreadId | null;
  readonly signal: AbortSignal | undefined;
}

async function* reindexed(
  database: Database,
  { tenant, threadId, signal }: TenantThreads,
): AsyncGenerator<ReindexedThread, void, undefined> {
  let after: string | null = null;
  for (;;) {
    const params: readonly Param[] = [tenant, after, threadId];
    const page = await withRepetition('read', () => database.query(nextThreads, params));
    for (const row of page) {
      throwIfAborted(signal);
      const thread = await reindexThread(database, tenant, text(row, 'thread_id'), signal);
      if (thread !== null) yield thread;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < threadsAtOnce) return;
    after = text(last, 'thread_id');
  }
}

/** Null for one that was deleted meanwhile. */
async function reindexThread(
  database: Database,
  tenant: string,
  threadId: ThreadId,
  signal: AbortSignal | undefined,
): Promise<ReindexedThread | null> {
  const key = { tenant, threadId };
  const items = await withRepetition('write', () =>
    database.transaction(
      async ({ query }) => {
        const [row] = await query(restart, [tenant, threadId]);
        if (row === undefined) return null;
        for (const statement of clear) await query(statement, [tenant, threadId]);
        const count = integer(row, 'next_ordinal');
        if (count > 0n)
          await query(noteMessages('values ($1, $2::uuid, 0::bigint, $3::bigint)'), [tenant, threadId, `${count}`]);
        return count;
      },
      { statementTimeoutMs },
    ),
  );
  if (items === null) return null;
  const isStopped = (): boolean => signal?.aborted === true;
  await withRepetition('write', () => catchUp(database, key, { known: new KnownTurns() }, { isStopped }));
  const words = new TenantWords(tenant);
  const pass = { tenant, words, threadId, waits: true };
  let behind = true;
  while (behind && !isStopped()) behind = await withRepetition('write', () => indexMessages(database, pass));
  return { ...key, items };
}
