import {
  ThreadStoreError,
  type AppendItemsParams,
  type AppendResult,
  type ArchiveThreadParams,
  type CallOptions,
  type CreateThreadParams,
  type DeleteThreadParams,
  type ForkThreadParams,
  type HistoryBatch,
  type ItemPage,
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
  checkCreateThread,
  checkLoadHistory,
  checkReadThread,
  checkRenewLeases,
  checkResumeThread,
  checkUpdateThreadMetadata,
  checkWriterRef,
  formOnly,
  noOptionalOperations,
  operationLacking,
  resumeWaiting,
} from '@threadstore/core/internal';
import {
  archiveThreadToWire,
  createThreadToWire,
  deleteThreadToWire,
  forkThreadToWire,
  grantFromWire,
  itemPageFromWire,
  listItemsToWire,
  listThreadsToWire,
  listTurnsToWire,
  readThreadToWire,
  resumeThreadToWire,
  searchPageFromWire,
  searchThreadsToWire,
  threadFromWire,
  threadPageFromWire,
  turnPageFromWire,
  updateThreadMetadataToWire,
  writerRefToWire,
  type CallerOptions,
  type ThreadStoreCallers,
} from '@threadstore/protocol';
import { read, write } from './calls.ts';
import {
  checkAppend,
  checkArchive,
  checkDelete,
  checkFork,
  checkItems,
  checkList,
  checkSearch,
  checkTurns,
} from './checks.ts';
import { Connection } from './connection.ts';
import { resolveOptions, type RemoteThreadStoreOptions } from './options.ts';

/**
 * A store on the other side of a connection: a client of the service `threadstore.v1.ThreadStoreService`.
 *
 * It does what the interface says, and adds:
 * - Appends of all threads share one stream. Those of one thread that are made without waiting are under way together, in their
 *   order; an external one waits for those before it, and those behind it wait for it. An append that fails for a passing reason,
 *   or whose stream breaks, is sent again, to another replica if need be, until its deadline; the identity of its batch sees to it
 *   that it is stored once. Its signal ends the wait, with effect `unknown` once it was sent.
 * - The other calls that fail for a passing reason (no connection, a broken one, a service that is shutting down) are made again
 *   within their deadline, up to five times in all: any call while it is certain that nothing was done, afterwards only those
 *   whose retry is safe. `createThread`, `forkThread`, `updateThreadMetadata` and a `resumeThread` that does not steal are then left to the
 *   caller, with effect `unknown`.
 * - `persistThread`, `flushThread` and `shutdownThread` of a thread wait for all its appends that were called before them, and those
 *   that are called later wait for them.
 * - `resumeThread` with `wait` asks the service again and again.
 * - The leases that it is granted are renewed while it is open, and released by `close()`, unless its options say otherwise.
 * - A history whose connection breaks is read on from where it broke, within the same snapshot.
 * - What needs a local path is `unsupported`; so are, for now, model contexts and following threads.
 */
export class RemoteThreadStore implements ThreadStore {
  readonly capabilities: StoreCapabilities = {
    ...noOptionalOperations,
    listTurns: true,
    listItems: true,
    searchThreads: true,
    forkThread: true,
  };
  readonly #holder: string;
  readonly #connection: Connection;

  /** Connects with the first call. Throws a `TypeError` or a `RangeError` for options that can't be used. */
  constructor(options: RemoteThreadStoreOptions) {
    const resolved = resolveOptions(options);
    this.#holder = resolved.holder;
    this.#connection = new Connection(resolved);
  }

  createThread(params: CreateThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#connection.run(options, async (signal) => {
      const request = createThreadToWire(checkCreateThread(params, formOnly, this.#holder));
      const response = await this.#connection.unary(write('create_thread', 'withoutEffect'), signal, (callers, call) =>
        callers.createThread(request, call),
      );
      return this.#kept(grantFromWire(response.grant));
    });
  }

  forkThread(params: ForkThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#connection.run(options, async (signal) => {
      const request = forkThreadToWire(checkFork(params, this.#holder));
      const response = await this.#connection.unary(write('fork_thread', 'withoutEffect'), signal, (callers, call) =>
        callers.forkThread(request, call),
      );
      return this.#kept(grantFromWire(response.grant));
    });
  }

  resumeThread(params: ResumeThreadParams, options?: CallOptions): Promise<WriterGrant> {
    return this.#connection.run(options, async (signal) => {
      const { waitMs, takeover, expectedEpoch, ...checked } = checkResumeThread(params, formOnly, this.#holder);
      const request = resumeThreadToWire({
        ...checked,
        ...(expectedEpoch !== null && { expectedEpoch }),
        takeover: takeover === 'wait' ? 'fail' : takeover,
      });
      const isSafe = takeover === 'steal' || expectedEpoch !== null;
      const operation = write('resume_thread', isSafe ? 'safe' : 'withoutEffect');
      const attempt = async (): Promise<WriterGrant> => {
        // Nobody waits for a lease beyond the end of the store.
        this.#connection.throwIfClosed();
        const response = await this.#connection.unary(operation, signal, (callers, call) =>
          callers.resumeThread(request, call),
        );
        return this.#kept(grantFromWire(response.grant));
      };
      return await (takeover === 'wait' ? resumeWaiting(attempt, { waitMs, signal }) : attempt());
    });
  }

  appendItems(params: AppendItemsParams, options?: CallOptions): Promise<AppendResult> {
    return this.#connection.run(options, (signal) => this.#connection.append(checkAppend(params), signal));
  }

  persistThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#writer(params, options, 'persist_thread', (request, callers, call) =>
      callers.persistThread(request, call),
    );
  }

  flushThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#writer(params, options, 'flush_thread', (request, callers, call) =>
      callers.flushThread(request, call),
    );
  }

  renewLeases(params: RenewLeasesParams, options?: CallOptions): Promise<RenewLeasesResult> {
    return this.#connection.run(options, async (signal) => {
      const writers = checkRenewLeases(params, formOnly);
      if (writers.length === 0) return { lost: [] };
      const result = await this.#connection.renew({ writers }, signal);
      for (const lost of result.lost) this.#connection.keeper?.onLost(lost);
      return result;
    });
  }

  shutdownThread(params: WriterRef, options?: CallOptions): Promise<void> {
    return this.#writer(params, options, 'shutdown_thread', (request, callers, call) =>
      callers.shutdownThread(request, call),
    );
  }

  discardThread(params: WriterRef): Promise<void> {
    return this.#connection.run(undefined, async () => {
      const request = writerRefToWire(checkWriterRef(params));
      await this.#lettingGo(request, () =>
        this.#connection.unary(write('discard_thread', 'safe'), undefined, (callers, call) =>
          callers.discardThread(request, call),
        ),
      );
    });
  }

  loadHistory(params: LoadHistoryParams, options?: CallOptions): Promise<ThreadHistory> {
    return this.#connection.run(options, (signal) => this.#history(checkLoadHistory(params), signal));
  }

  streamHistory(params: StreamHistoryParams, options?: CallOptions): AsyncIterable<HistoryBatch> {
    return this.#connection.streamedHistory(params, options?.signal);
  }

  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#connection.run(options, async (signal) => {
      const { includeHistory, ...checked } = checkReadThread(params);
      const request = readThreadToWire(checked);
      const thread = await this.#connection.unary(read('read_thread'), signal, async (callers, call) =>
        threadFromWire((await callers.readThread(request, call)).thread),
      );
      if (!includeHistory) return thread;
      // The items that the metadata counts, whatever is appended meanwhile.
      const snapshot = { ...checked, untilOrdinal: thread.nextOrdinal };
      return { ...thread, history: await this.#history(snapshot, signal) };
    });
  }

  listThreads(params?: ListThreadsParams, options?: CallOptions): Promise<ThreadPage> {
    return this.#connection.run(options, (signal) => {
      const request = listThreadsToWire(checkList(params ?? {}));
      return this.#connection.unary(read('list_threads'), signal, async (callers, call) =>
        threadPageFromWire(await callers.listThreads(request, call)),
      );
    });
  }

  listTurns(params: ListTurnsParams, options?: CallOptions): Promise<TurnPage> {
    return this.#connection.run(options, (signal) => {
      const request = listTurnsToWire(checkTurns(params));
      return this.#connection.unary(read('list_turns'), signal, async (callers, call) =>
        turnPageFromWire(await callers.listTurns(request, call)),
      );
    });
  }

  listItems(params: ListItemsParams, options?: CallOptions): Promise<ItemPage> {
    return this.#connection.run(options, (signal) => {
      const request = listItemsToWire(checkItems(params));
      return this.#connection.unary(read('list_items'), signal, async (callers, call) =>
        itemPageFromWire(await callers.listItems(request, call)),
      );
    });
  }

  searchThreads(params: SearchThreadsParams, options?: CallOptions): Promise<ThreadSearchPage> {
    return this.#connection.run(options, (signal) => {
      const request = searchThreadsToWire(checkSearch(params));
      return this.#connection.unary(read('search_threads'), signal, async (callers, call) =>
        searchPageFromWire(await callers.searchThreads(request, call)),
      );
    });
  }

  updateThreadMetadata(params: UpdateThreadMetadataParams, options?: CallOptions): Promise<StoredThread> {
    return this.#connection.run(options, async (signal) => {
      const request = updateThreadMetadataToWire(checkUpdateThreadMetadata(params, formOnly));
      const operation = write('update_thread_metadata', 'withoutEffect');
      const response = await this.#connection.unary(operation, signal, (callers, call) =>
        callers.updateThreadMetadata(request, call),
      );
      return threadFromWire(response.thread);
    });
  }

  archiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<void> {
    return this.#connection.run(options, async (signal) => {
      const checked = checkArchive(params);
      const request = archiveThreadToWire(checked);
      const archive = (): Promise<unknown> =>
        this.#connection.unary(write('archive_thread', 'safe'), signal, (callers, call) =>
          callers.archiveThread(request, call),
        );
      // The writer that archives its own thread stays its writer.
      await (checked.epoch === undefined ? this.#lettingGo(checked, archive) : archive());
    });
  }

  unarchiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#connection.run(options, async (signal) => {
      const request = archiveThreadToWire(checkArchive(params));
      const response = await this.#connection.unary(write('unarchive_thread', 'safe'), signal, (callers, call) =>
        callers.unarchiveThread(request, call),
      );
      return threadFromWire(response.thread);
    });
  }

  deleteThread(params: DeleteThreadParams, options?: CallOptions): Promise<void> {
    return this.#connection.run(options, async (signal) => {
      const checked = checkDelete(params);
      const request = deleteThreadToWire(checked);
      await this.#lettingGo(checked, () =>
        this.#connection.unary(write('delete_thread', 'safe'), signal, (callers, call) =>
          callers.deleteThread(request, call),
        ),
      );
    });
  }

  readThreadByRolloutPath(_params: ReadThreadByRolloutPathParams, options?: CallOptions): Promise<StoredThread> {
    return this.#lacks('readThreadByRolloutPath', options);
  }

  loadModelContext(_params: LoadHistoryParams, options?: CallOptions): Promise<ModelContext> {
    return this.#lacks('loadModelContext', options);
  }

  tailThread(_params: TailThreadParams, options?: CallOptions): AsyncIterable<TailEvent> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#lacks('tailThread', options) }) };
  }

  watchThreads(_params?: WatchThreadsParams, options?: CallOptions): AsyncIterable<ThreadEvent> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#lacks('watchThreads', options) }) };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The calls that name a writer and say nothing else, discard excepted. */
  #writer(
    params: WriterRef,
    options: CallOptions | undefined,
    operation: string,
    send: (request: WriterRef, callers: ThreadStoreCallers, call: CallerOptions) => Promise<unknown>,
  ): Promise<void> {
    return this.#connection.run(options, (signal) => {
      const request = writerRefToWire(checkWriterRef(params));
      const call = (): Promise<unknown> =>
        this.#connection.unary(write(operation, 'safe'), signal, (callers, callOptions) =>
          send(request, callers, callOptions),
        );
      return this.#connection.alone(request.threadId, signal, async () => {
        if (operation === 'shutdown_thread') {
          await this.#lettingGo(request, () => call().catch(ignoreWhenGone));
          return;
        }
        try {
          await call();
        } catch (error) {
          this.#connection.keeper?.onRefused(request, error);
          throw error;
        }
      });
    });
  }

  /** Its lease is kept from now on. */
  #kept(grant: WriterGrant): WriterGrant {
    this.#connection.keeper?.keep(grant);
    return grant;
  }

  /** Does what ends a lease. */
  #lettingGo(
    writer: { readonly threadId: string; readonly epoch?: bigint },
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    const { keeper } = this.#connection;
    return keeper === undefined ? work() : keeper.lettingGo(writer, work);
  }

  async #history(params: StreamHistoryParams, signal: AbortSignal | undefined): Promise<ThreadHistory> {
    const items: string[] = [];
    for await (const batch of this.#connection.history(params, signal)) {
      for (const item of batch.items) items.push(item);
    }
    return { threadId: params.threadId, items };
  }

  #lacks(operation: OptionalOperation, options: CallOptions | undefined): Promise<never> {
    return this.#connection.run(options, () => Promise.reject(operationLacking(operation)));
  }
}

/** For the failure of a shutdown. */
function ignoreWhenGone(error: unknown): void {
  // Effect `unknown`: an attempt whose answer was lost may have shut it down. A thread that was never materialised is then gone.
  // Only the service knows that: a proxy that finds nothing leaves it open.
  const gone = error instanceof ThreadStoreError && error.reason === 'THREAD_NOT_FOUND' && error.remote;
  if (!gone || error.effect === 'none') throw error;
}
