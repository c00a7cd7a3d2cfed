import { throwIfAborted } from '../abort.ts';
import { noOptionalOperations, type OptionalOperation, type StoreCapabilities } from '../capabilities.ts';
import { checkAppendItems } from '../checks/append.ts';
import { checkForkThread } from '../checks/fork.ts';
import { resolveLeaseDuration, resolveLimits } from '../checks/limits.ts';
import { checkListThreads } from '../checks/list.ts';
import { checkListItems, checkListTurns, checkSearchThreads } from '../checks/pages.ts';
import { checkLoadHistory, checkReadThread, checkStreamHistory } from '../checks/read.ts';
import { checkArchiveThread, checkDeleteThread, checkUpdateThreadMetadata } from '../checks/update.ts';
import { checkCreateThread, checkRenewLeases, checkResumeThread, checkWriterRef } from '../checks/writer.ts';
import { operationLacking, storeClosed } from '../error-factories.ts';
import type { TailEvent, TailThreadParams, ThreadEvent, WatchThreadsParams } from '../follow.ts';
import type { ForkThreadParams, ModelContext } from '../fork.ts';
import type {
  HistoryBatch,
  LoadHistoryParams,
  ReadThreadByRolloutPathParams,
  ReadThreadParams,
  StreamHistoryParams,
  ThreadHistory,
} from '../history.ts';
import { defaultHolder } from '../holder.ts';
import type { Limits } from '../limits.ts';
import type { ListThreadsParams, ThreadPage } from '../listing.ts';
import { resumeWaiting } from '../resume-waiting.ts';
import type { SearchThreadsParams, ThreadSearchPage } from '../search.ts';
import { StoreLifecycle } from '../store-lifecycle.ts';
import type { CallOptions, ThreadStore } from '../thread-store.ts';
import type { StoredThread } from '../thread.ts';
import type { ItemPage, ListItemsParams, ListTurnsParams, TurnPage } from '../turns.ts';
import type { ArchiveThreadParams, DeleteThreadParams, UpdateThreadMetadataParams } from '../update.ts';
import type {
  AppendItemsParams,
  AppendResult,
  CreateThreadParams,
  RenewLeasesParams,
  RenewLeasesResult,
  ResumeThreadParams,
  WriterGrant,
  WriterRef,
} from '../writer.ts';
import { append } from './append.ts';
import { archive, erase, unarchive } from './archive.ts';
import { fork } from './fork.ts';
import { create, discard, persist, renew, resume, shutdown } from './grants.ts';
import { HistoryReader } from './history-reader.ts';
import { list } from './list.ts';
import type { MemoryContext } from './memory-context.ts';
import { MemoryStorage, threadsOf } from './memory-storage.ts';
import { listItems, listTurns } from './pages.ts';
import { search } from './search.ts';
import { storedThread } from './stored-thread.ts';
import { patchMetadata } from './thread-metadata.ts';
import { readableRow } from './thread-row.ts';

export interface MemoryThreadStoreOptions {
  /** Shared by stores that are to see the same threads. Default: a new one. */
  readonly storage?: MemoryStorage;
  /** Whose threads of the storage these are. Default `default`. */
  readonly tenant?: string;
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** How long a lease runs after its grant and after each accepted write, in milliseconds. Default 30,000; at most a day. */
  readonly leaseDurationMs?: number;
  /** The store's clock. Default: the system's. */
  readonly now?: () => Date;
  /** Label of leases whose taker gives none. Default: host name and process id. */
  readonly holder?: string;
}

/**
 * A thread store in memory, for tests and for programs whose threads may die with them: everything that the interface
 * promises, save for durability beyond the process.
 *
 * Throws a `RangeError` for a limit or a duration that is out of range.
 */
export class MemoryThreadStore implements ThreadStore {
  readonly capabilities: StoreCapabilities = {
    ...noOptionalOperations,
    listTurns: true,
    listItems: true,
    searchThreads: true,
    forkThread: true,
  };
  readonly #context: MemoryContext;
  readonly #lifecycle = new StoreLifecycle();

  constructor(options: MemoryThreadStoreOptions = {}) {
    const { storage = new MemoryStorage(), tenant = 'default', now = () => new Date(), holder } = options;
    this.#context = {
      threads: threadsOf(storage, tenant),
      tenant,
      limits: resolveLimits(options.limits),
      leaseDurationMs: resolveLeaseDuration(options.leaseDurationMs),
      holder: holder ?? defaultHolder(),
      // A copy: whoever owns the clock may go on with its Date.
      now: () => new Date(now()),
    };
  }

  createThread(params: CreateThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call(options, (context) => create(context, checkCreateThread(params, context.limits, context.holder)));
  }

  resumeThread(params: ResumeThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call(options, (context) => {
      const checked = checkResumeThread(params, context.limits, context.holder);
      const attempt = async (): Promise<WriterGrant> => {
        // Whoever closes the store does not wait for another writer's lease.
        if (this.#lifecycle.closed) throw storeClosed();
        return resume(context, checked);
      };
      return resumeWaiting(attempt, { waitMs: checked.waitMs, signal: options?.signal });
    });
  }

  appendItems(params: AppendItemsParams, options?: CallOptions): Promise<AppendResult> {
    return this.#call(options, (context) => append(context, checkAppendItems(params, context.limits)));
  }

  persistThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#call(options, (context) => persist(context, checkWriterRef(params), { materialise: true }));
  }

  flushThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#call(options, (context) => persist(context, checkWriterRef(params), { materialise: false }));
  }

  renewLeases(params: RenewLeasesParams, options?: CallOptions): Promise<RenewLeasesResult> {
    return this.#call(options, (context) => renew(context, checkRenewLeases(params, context.limits)));
  }

  shutdownThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#call(options, (context) => shutdown(context, checkWriterRef(params)));
  }

  discardThread(params: WriterRef): Promise<void> {
    return this.#call(undefined, (context) => discard(context, checkWriterRef(params)));
  }

  loadHistory(params: LoadHistoryParams, options?: CallOptions): Promise<ThreadHistory> {
    return this.#call(options, ({ threads }) => {
      const { threadId, includeArchived } = checkLoadHistory(params);
      return { threadId, items: [...readableRow(threads, threadId, includeArchived).items] };
    });
  }

  async *streamHistory(
    params: StreamHistoryParams,
    options?: CallOptions,
  ): AsyncGenerator<HistoryBatch, void, undefined> {
    let reader: HistoryReader | undefined;
    for (;;) {
      // Each batch is a call of its own: a reader that has gone quiet keeps no store from closing.
      const batch = await this.#call(options, (context) => {
        reader ??= new HistoryReader(context, checkStreamHistory(params));
        return reader.next();
      });
      if (batch === null) return;
      yield batch;
    }
  }

  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call(options, ({ threads }) => {
      const { threadId, includeArchived, includeHistory } = checkReadThread(params);
      const row = readableRow(threads, threadId, includeArchived);
      const thread = storedThread(row);
      return includeHistory ? { ...thread, history: { threadId, items: [...row.items] } } : thread;
    });
  }

  readThreadByRolloutPath(_params: ReadThreadByRolloutPathParams, options?: CallOptions): Promise<StoredThread> {
    return this.#refuse('readThreadByRolloutPath', options);
  }

  listThreads(params?: ListThreadsParams, options?: CallOptions): Promise<ThreadPage> {
    return this.#call(options, (context) => list(context, checkListThreads(params, context)));
  }

  listTurns(params: ListTurnsParams, options?: CallOptions): Promise<TurnPage> {
    return this.#call(options, (context) => listTurns(context, checkListTurns(params, context)));
  }

  listItems(params: ListItemsParams, options?: CallOptions): Promise<ItemPage> {
    return this.#call(options, (context) => listItems(context, checkListItems(params, context)));
  }

  searchThreads(params: SearchThreadsParams, options?: CallOptions): Promise<ThreadSearchPage> {
    return this.#call(options, (context) => search(context, checkSearchThreads(params, context)));
  }

  updateThreadMetadata(params: UpdateThreadMetadataParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call(options, ({ threads, limits }) => {
      const { threadId, patch, includeArchived } = checkUpdateThreadMetadata(params, limits);
      const row = readableRow(threads, threadId, includeArchived);
      row.metadata = patchMetadata(row.metadata, patch);
      return storedThread(row);
    });
  }

  archiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<void> {
    return this.#call(options, (context) => archive(context, checkArchiveThread(params)));
  }

  unarchiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#call(options, (context) => unarchive(context, checkArchiveThread(params)));
  }

  deleteThread(params: DeleteThreadParams, options?: CallOptions): Promise<void> {
    return this.#call(options, (context) => erase(context, checkDeleteThread(params)));
  }

  forkThread(params: ForkThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#call(options, (context) => fork(context, checkForkThread(params, context.limits, context.holder)));
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
    return this.#lifecycle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The checks that come before an operation's own. The work is done before this returns: calls keep their order. */
  #call<T>(options: CallOptions | undefined, work: (context: MemoryContext) => Promise<T> | T): Promise<T> {
    return this.#lifecycle.run(() => {
      throwIfAborted(options?.signal);
      return work(this.#context);
    });
  }

  #refuse(operation: OptionalOperation, options: CallOptions | undefined): Promise<never> {
    return this.#call(options, () => {
      throw operationLacking(operation);
    });
  }
}
