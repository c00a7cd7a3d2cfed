import {
  type AppendItemsParams,
  type AppendResult,
  type ArchiveThreadParams,
  type CallOptions,
  type CreateThreadParams,
  type DeleteThreadParams,
  type ForkThreadParams,
  type HistoryBatch,
  type ItemPage,
  type Limits,
  type ListItemsParams,
  type ListThreadsParams,
  type ListTurnsParams,
  type LoadHistoryParams,
  type ModelContext,
  type OptionalOperation,
  type ReadThreadByRolloutPathParams,
  type ReadThreadParams,
  type RenewLeasesParams,
  type RenewLeasesResult,
  type ResumeThreadParams,
  type SearchThreadsParams,
  type StoreCapabilities,
  type StoredThread,
  type StreamHistoryParams,
  type TailEvent,
  type TailThreadParams,
  type ThreadEvent,
  type ThreadHistory,
  type ThreadId,
  type ThreadPage,
  type ThreadSearchPage,
  type ThreadStore,
  type TurnPage,
  type UpdateThreadMetadataParams,
  type WatchThreadsParams,
  type WriterGrant,
  type WriterRef,
} from '@threadstore/core';
import {
  checkAppendItems,
  checkArchiveThread,
  checkCreateThread,
  checkDeleteThread,
  type CheckedStream,
  checkForkThread,
  checkListItems,
  checkListThreads,
  checkListTurns,
  checkLoadHistory,
  checkReadThread,
  checkRenewLeases,
  checkResumeThread,
  checkSearchThreads,
  checkStreamHistory,
  checkTenant,
  checkUpdateThreadMetadata,
  checkWriterRef,
  defaultHolder,
  KeyedOrder,
  type ListContext,
  nextCursor,
  noOptionalOperations,
  operationLacking,
  pulled,
  raceAbort,
  resolveLeaseDuration,
  resolveLimits,
  resumeWaiting,
  storeClosed,
  StoreLifecycle,
  throwIfAborted,
} from '@threadstore/core/internal';
import { type AppendGroup, AppendGroups } from './append-groups/append-groups.ts';
import { commitBreakerOf, type CommitBreaker } from './commit-breaker.ts';
import { type Database } from './database.ts';
import { checkSchema } from './migrate.ts';
import { appendExternally } from './operations/append-externally.ts';
import { archiveThread, unarchiveThread } from './operations/archive-thread.ts';
import { createThread } from './operations/create-thread.ts';
import { deleteThread } from './operations/delete-thread.ts';
import { forkExtent } from './operations/fork-extent.ts';
import { forkThread } from './operations/fork-thread.ts';
import { listItems } from './operations/list-items.ts';
import { listThreads } from './operations/list-threads.ts';
import { listTurns } from './operations/list-turns.ts';
import { HistoryReader } from './operations/read-history.ts';
import { readThread } from './operations/read-thread.ts';
import { releaseWriter } from './operations/release-writer.ts';
import { renewLease } from './operations/renew-lease.ts';
import { renewLeases } from './operations/renew-leases.ts';
import { resumeThread } from './operations/resume-thread.ts';
import { updateThreadMetadata } from './operations/update-thread-metadata.ts';
import { withRepetition } from './repetition.ts';
import { searchThreads } from './search/search-threads.ts';
import { AppendIndex } from './thread-index/append-index.ts';
import type { CatchUpContext } from './thread-index/catch-up.ts';
import type { ThreadKey } from './thread-key.ts';

export interface PostgresThreadStoreOptions {
  /** Where the threads are kept. Its schema is made by `migrate`. Shared by any number of stores, and not closed by them. */
  readonly database: Database;
  /** Whose threads of the database these are. Default `default`. */
  readonly tenant?: string;
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** How long a lease runs after its grant and after each accepted write, in milliseconds. Default 30,000; from 1 to a day. */
  readonly leaseDurationMs?: number;
  /** Label of leases whose taker gives none. Default: host name and process id. */
  readonly holder?: string;
  /**
   * Whether appends also write what listing turns and items, and searching, read. Default `true`. If not, these calls find out what was
   * appended since, and take longer for it.
   */
  readonly indexOnAppend?: boolean;
  /** Told of each group of appends that was committed, or failed, as one statement. Must not throw. */
  readonly onAppendGroup?: (group: AppendGroup) => void;
}

type Effect = 'read' | 'write';

/**
 * A thread store in Postgres. Stores on one database, in any number of processes, are one: every rule of the interface holds
 * across them, and no store keeps anything that another would need.
 *
 * Throws a `RangeError` for a limit or a duration that is out of range, and for a tenant that is empty, longer than 255
 * bytes or no text.
 */
export class PostgresThreadStore implements ThreadStore {
  readonly capabilities: StoreCapabilities = {
    ...noOptionalOperations,
    listTurns: true,
    listItems: true,
    searchThreads: true,
    forkThread: true,
  };
  readonly #database: Database;
  readonly #tenant: string;
  readonly #limits: Limits;
  readonly #leaseDurationMs: number;
  readonly #holder: string;
  readonly #lifecycle = new StoreLifecycle();
  /** Appends and barriers of one thread, in the order of the calls. */
  readonly #writes = new KeyedOrder();
  readonly #appends: AppendGroups;
  readonly #index: AppendIndex;
  readonly #breaker: CommitBreaker;
  #schemaFits: Promise<void> | undefined;

  constructor(options: PostgresThreadStoreOptions) {
    this.#breaker = commitBreakerOf(options.database);
    this.#tenant = checkTenant(options.tenant ?? 'default');
    this.#database = options.database.forTenant(this.#tenant);
    this.#limits = resolveLimits(options.limits);
    this.#leaseDurationMs = resolveLeaseDuration(options.leaseDurationMs);
    this.#holder = options.holder ?? defaultHolder();
    this.#index = new AppendIndex({
      tenant: this.#tenant,
      onAppend: options.indexOnAppend ?? true,
      run: (work) => this.#run('write', work),
    });
    this.#appends = new AppendGroups({
      tenant: this.#tenant,
      leaseDurationMs: this.#leaseDurationMs,
      index: this.#index,
      onGroup: options.onAppendGroup,
      run: (work) => this.#run('write', work),
      breaker: this.#breaker,
    });
  }

  createThread(params: CreateThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call('write', options, () => {
      const create = checkCreateThread(params, this.#limits, this.#holder);
      return this.#run('write', ({ query }) =>
        createThread(query, this.#key(create.threadId), create, this.#leaseDurationMs),
      );
    });
  }

  resumeThread(params: ResumeThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call('write', options, () => {
      const resume = checkResumeThread(params, this.#limits, this.#holder);
      const attempt = async (): Promise<WriterGrant> => {
        // It may wait for longer than anybody wants to wait for the end.
        if (this.#lifecycle.closed) throw storeClosed();
        return this.#run('write', ({ query }) =>
          resumeThread(query, this.#key(resume.threadId), resume, this.#leaseDurationMs),
        );
      };
      return resumeWaiting(attempt, { waitMs: resume.waitMs, signal: options?.signal });
    });
  }

  appendItems(params: AppendItemsParams, options?: CallOptions): Promise<AppendResult> {
    return this.#call('write', options, () => {
      const batch = checkAppendItems(params, this.#limits);
      const { threadId } = batch;
      return batch.external
        ? this.#runInOrder(threadId, options, (database) =>
            appendExternally(database, this.#key(threadId), batch, this.#index),
          )
        : this.#writes.together(threadId, () => this.#appends.append(batch, options?.signal));
    });
  }

  persistThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#renew(params, options, true);
  }

  flushThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#renew(params, options, false);
  }

  renewLeases(params: RenewLeasesParams, options?: CallOptions): Promise<RenewLeasesResult> {
    return this.#call('write', options, async () => {
      const writers = checkRenewLeases(params, this.#limits);
      const how = { tenant: this.#tenant, leaseDurationMs: this.#leaseDurationMs };
      return { lost: await this.#run('write', ({ query }) => renewLeases(query, writers, how)) };
    });
  }

  shutdownThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#call('write', options, () => {
      const writer = checkWriterRef(params);
      return this.#runInOrder(writer.threadId, options, ({ query }) =>
        releaseWriter(query, this.#key(writer.threadId), writer, { terminal: false }),
      );
    });
  }

  discardThread(params: WriterRef): Promise<void> {
    return this.#call('write', undefined, () => {
      const writer = checkWriterRef(params);
      return this.#run('write', ({ query }) =>
        releaseWriter(query, this.#key(writer.threadId), writer, { terminal: true }),
      );
    });
  }

  async loadHistory(params: LoadHistoryParams, options?: CallOptions): Promise<ThreadHistory> {
    return this.#call('read', options, async () => {
      const load = checkLoadHistory(params);
      const reader = await this.#openHistory({ ...load, fromOrdinal: 0n, untilOrdinal: null });
      return this.#readAll(load.threadId, reader, options);
    });
  }

  streamHistory(params: StreamHistoryParams, options?: CallOptions): AsyncIterableIterator<HistoryBatch, undefined> {
    let reader: HistoryReader | undefined;
    return pulled(() =>
      this.#call('read', options, async () => {
        const open = (reader ??= await this.#openHistory(checkStreamHistory(params)));
        return this.#run('read', ({ query }) => open.next(query));
      }),
    );
  }

  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call('read', options, async () => {
      const { threadId, includeArchived, includeHistory } = checkReadThread(params);
      const key = this.#key(threadId);
      const thread = await this.#run('read', ({ query }) => readThread(query, key, includeArchived));
      if (!includeHistory) return thread;
      const history = await this.#readAll(threadId, new HistoryReader(key, 0n, thread.nextOrdinal), options);
      return { ...thread, history };
    });
  }

  readThreadByRolloutPath(_params: ReadThreadByRolloutPathParams, options?: CallOptions): Promise<StoredThread> {
    return this.#refuse('readThreadByRolloutPath', options);
  }

  listThreads(params?: ListThreadsParams, options?: CallOptions): Promise<ThreadPage> {
    return this.#call('read', options, async () => {
      const list = checkListThreads(params, this.#listContext);
      const found = await this.#run('read', ({ query }) => listThreads(query, this.#tenant, list));
      const threads = found.slice(0, list.pageSize);
      const last = threads.at(-1);
      return {
        threads,
        nextCursor: last !== undefined && found.length > threads.length ? nextCursor(list, last) : null,
      };
    });
  }

  listTurns(params: ListTurnsParams, options?: CallOptions): Promise<TurnPage> {
    return this.#call('read', options, () => {
      const page = checkListTurns(params, this.#listContext);
      return this.#run('read', (database) => listTurns(database, this.#key(page.threadId), page, this.#pageContext));
    });
  }

  listItems(params: ListItemsParams, options?: CallOptions): Promise<ItemPage> {
    return this.#call('read', options, () => {
      const page = checkListItems(params, this.#listContext);
      return this.#run('read', (database) => listItems(database, this.#key(page.threadId), page, this.#pageContext));
    });
  }

  searchThreads(params: SearchThreadsParams, options?: CallOptions): Promise<ThreadSearchPage> {
    return this.#call('read', options, () => {
      const search = checkSearchThreads(params, this.#listContext);
      return this.#run('read', (database) => searchThreads(database, this.#tenant, search, this.#index));
    });
  }

  updateThreadMetadata(params: UpdateThreadMetadataParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call('write', options, () => {
      const update = checkUpdateThreadMetadata(params, this.#limits);
      return this.#run('write', ({ query }) => updateThreadMetadata(query, this.#key(update.threadId), update));
    });
  }

  archiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<void> {
    return this.#call('write', options, () => {
      const archive = checkArchiveThread(params);
      return this.#run('write', ({ query }) => archiveThread(query, this.#key(archive.threadId), archive));
    });
  }

  unarchiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call('write', options, () => {
      const archive = checkArchiveThread(params);
      return this.#run('write', ({ query }) => unarchiveThread(query, this.#key(archive.threadId), archive));
    });
  }

  deleteThread(params: DeleteThreadParams, options?: CallOptions): Promise<void> {
    return this.#call('write', options, () => {
      const checked = checkDeleteThread(params);
      return this.#run('write', (database) => deleteThread(database, this.#key(checked.threadId), checked));
    });
  }

  forkThread(params: ForkThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call('write', options, async () => {
      const fork = checkForkThread(params, this.#limits, this.#holder);
      const context = { known: this.#index.known, signal: options?.signal };
      const extent = await this.#run('read', (database) =>
        forkExtent(database, this.#key(fork.source.threadId), fork, context),
      );
      throwIfAborted(options?.signal);
      const how = { tenant: this.#tenant, leaseDurationMs: this.#leaseDurationMs, index: this.#index };
      return this.#run('write', (database) => forkThread(database, fork, extent, how));
    });
  }

  loadModelContext(_params: LoadHistoryParams, options?: CallOptions): Promise<ModelContext> {
    return this.#refuse('loadModelContext', options);
  }

  async *tailThread(_params: TailThreadParams, options?: CallOptions): AsyncGenerator<TailEvent, void, undefined> {
    yield await this.#refuse('tailThread', options);
  }

  async *watchThreads(
    _params?: WatchThreadsParams,
    options?: CallOptions,
  ): AsyncGenerator<ThreadEvent, void, undefined> {
    yield await this.#refuse('watchThreads', options);
  }

  close(): Promise<void> {
    return this.#lifecycle.close(() => {
      this.#appends.close();
      return this.#index.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #listContext(): ListContext {
    return { limits: this.#limits, tenant: this.#tenant };
  }

  get #pageContext(): CatchUpContext & { readonly limits: Limits } {
    return { known: this.#index.known, limits: this.#limits };
  }

  #key(threadId: ThreadId): ThreadKey {
    return { tenant: this.#tenant, threadId };
  }

  #renew(params: WriterRef, options: CallOptions | undefined, materialize: boolean): Promise<void> {
    return this.#call('write', options, () => {
      const writer = checkWriterRef(params);
      const how = { leaseDurationMs: this.#leaseDurationMs, materialize };
      return this.#runInOrder(writer.threadId, options, ({ query }) =>
        renewLease(query, this.#key(writer.threadId), writer, how),
      );
    });
  }

  async #openHistory({ threadId, includeArchived, fromOrdinal, untilOrdinal }: CheckedStream): Promise<HistoryReader> {
    const key = this.#key(threadId);
    const { nextOrdinal } = await this.#run('read', ({ query }) => readThread(query, key, includeArchived));
    const until = untilOrdinal !== null && untilOrdinal < nextOrdinal ? untilOrdinal : nextOrdinal;
    return new HistoryReader(key, fromOrdinal, until);
  }

  async #readAll(threadId: ThreadId, reader: HistoryReader, options: CallOptions | undefined): Promise<ThreadHistory> {
    const batches: HistoryBatch[] = [];
    for (;;) {
      // The call has been answered by then; this is for the reading that would go on.
      throwIfAborted(options?.signal);
      const batch = await this.#run('read', ({ query }) => reader.next(query));
      if (batch === null) return { threadId, items: batches.flatMap(({ items }) => items) };
      batches.push(batch);
    }
  }

  /** The checks that come before an operation's own, and the end of the wait when the signal fires. */
  #call<T>(kind: Effect, options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    return this.#lifecycle.run(async () => {
      throwIfAborted(options?.signal);
      return raceAbort(work(), options?.signal, kind === 'read' ? 'none' : 'unknown');
    });
  }

  #refuse(operation: OptionalOperation, options: CallOptions | undefined): Promise<never> {
    return this.#call('read', options, async () => {
      throw operationLacking(operation);
    });
  }

  /** After the writes of the thread that were called before; a call whose signal fires while it waits is not made. */
  #runInOrder<T>(
    threadId: ThreadId,
    options: CallOptions | undefined,
    work: (database: Database) => Promise<T>,
  ): Promise<T> {
    return this.#writes.alone(threadId, async () => {
      throwIfAborted(options?.signal);
      return this.#run('write', work);
    });
  }

  async #run<T>(kind: Effect, work: (database: Database) => Promise<T>): Promise<T> {
    await this.#checkSchemaOnce();
    const run = (): Promise<T> => withRepetition(kind, () => work(this.#database));
    return kind === 'write' ? this.#breaker.run(run) : run();
  }

  /** Before the first statement; again with the next call if the schema does not fit. */
  #checkSchemaOnce(): Promise<void> {
    this.#schemaFits ??= checkSchema(this.#database).catch((error: unknown) => {
      this.#schemaFits = undefined;
      throw error;
    });
    return this.#schemaFits;
  }
}
