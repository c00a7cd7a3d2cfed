import type { ThreadStoreError } from '../errors.ts';
import type { ThreadHistory, ItemBatch, LoadHistoryParams, ReadThreadParams } from '../history.ts';
import { inTurn } from '../in-turn.ts';
import { KeyedOrder } from '../keyed-order.ts';
import type { ThreadMetadataPatch } from '../metadata-patch.ts';
import { newThreadId } from '../new-thread-id.ts';
import { keepEverything } from '../policy/persistence-policy.ts';
import type { CallOptions, ThreadStore } from '../thread-store.ts';
import type { StoredThread, MemoryMode, ThreadId } from '../thread.ts';
import type { UpdateThreadMetadataParams } from '../update.ts';
import type { AppendResult, CreateThreadParams, ResumeThreadParams, WriterGrant, WriterRef } from '../writer.ts';
import { AppendLine } from './append-line.ts';
import { isRefusalOf } from './append-verdict.ts';
import { GitFacts } from './git-facts.ts';
import { seenIn } from './item-metadata.ts';
import { keptItems, type LiveItem } from './live-item.ts';
import { resolveLiveSettings, type LiveThreadSettings, type ResolvedLiveSettings } from './live-settings.ts';
import { LiveStateMachine, type LiveState } from './live-state.ts';
import { HistoryMetadata } from './resume-metadata.ts';
import { metadataOfSource } from './source-metadata.ts';
import { ThreadMetadataSync } from './thread-metadata-sync.ts';
import { tell, type WarningListener } from './warning.ts';

export interface CreateLiveThreadParams extends Omit<CreateThreadParams, 'threadId'> {
  /** Default: a new UUID of version 7. */
  readonly threadId?: ThreadId;
}

export interface ResumeLiveThreadParams extends ResumeThreadParams {
  /** The items of the thread, where the caller has them already. Absent: they are read. Empty: known to be none. */
  readonly history?: readonly string[] | null;
  /** Told of each batch of the history, in order, as it is read or given. */
  readonly onHistory?: (batch: ItemBatch) => void;
}

export interface LiveAppendOptions extends CallOptions {
  /** Default `false`. */
  readonly unfiltered?: boolean;
}

/** For `LiveThread.adopt`. */
export interface AdoptedGrant extends WriterGrant {
  /** The sequence of the grant's next batch. */
  readonly nextSequence: bigint;
}

interface LiveThreadInit {
  readonly store: ThreadStore;
  readonly grant: WriterGrant;
  readonly nextSequence: bigint;
  readonly sync: ThreadMetadataSync;
  readonly settings: ResolvedLiveSettings;
  /** Whether anybody but the writer can see the thread. */
  readonly isMaterialised: boolean;
}

/**
 * The thread that an agent's session writes to: what it holds in its hand, over any store.
 *
 * It filters items by a policy, counts the batches, keeps the thread's metadata in step with its items, and makes its appends safe to
 * give up on. Appends called without waiting are under way together and are stored in the order of the calls; every other write
 * waits for those before it, and those after it wait for it. Reads go straight to the store.
 *
 * | state          | append, persist, flush, updateMetadata | shutdown               | discard     | a write is refused for good |
 * | -------------- | -------------------------------------- | ---------------------- | ----------- | --------------------------- |
 * | `live`         | done                                   | `shuttingDown`, and then `shutDown`; `live` again if the release fails | `discarded` | `lost` |
 * | `shuttingDown` | `WRITER_RELEASED`                      | the same shutdown      | `discarded` | `lost`                      |
 * | `shutDown`     | `WRITER_RELEASED`                      | resolves               | resolves    | -                           |
 * | `discarded`    | `WRITER_RELEASED`                      | `WRITER_RELEASED`      | resolves    | -                           |
 * | `lost`         | the error that told it                 | the error that told it | resolves    | -                           |
 *
 * Where it differs from Codex' LiveThread of May 2026, and why:
 * - Items and the metadata that follows from them are committed together. There, a failure of the metadata's own call came back
 *   from an append whose items were durable.
 * - What is known at creation goes with `createThread`, whose row nobody sees before the thread is materialised. There it was held
 *   back until the first append. A thread that is created and shut down unused leaves no trace in both.
 * - `updatedAt` and recency move at most once a second until a barrier, and what the handle said last is said again no more often.
 *   There, each item that metadata is made from moved them and told all that it says.
 * - Git is asked without waiting; its facts go with the first write after they are known. `persist`, `shutdown` and `updateMetadata`
 *   wait for them, `create` and `append` don't.
 * - `shutdown` always attempts both steps and reports both errors, as newer versions do.
 * - What a resume derives from the history fills what the stored metadata lacks. There it overwrote what people had set since.
 * - A lost answer is settled by the handle: see `append`.
 */
export class LiveThread implements AsyncDisposable {
  readonly threadId: ThreadId;
  /** Of the lease that this handle writes under. */
  readonly epoch: bigint;
  readonly grant: WriterGrant;
  readonly #store: ThreadStore;
  readonly #settings: ResolvedLiveSettings;
  readonly #writer: WriterRef;
  readonly #sync: ThreadMetadataSync;
  readonly #line: AppendLine;
  readonly #machine: LiveStateMachine;
  readonly #order = new KeyedOrder();
  /** From the start or by `persist`; else its first append does it. */
  #isMaterialised: boolean;
  #writes = 0;
  #restingSinceMs: number;
  #shutdown: Promise<void> | undefined;
  readonly #git: GitFacts;

  private constructor({ store, grant, nextSequence, sync, settings, isMaterialised }: LiveThreadInit) {
    this.threadId = grant.threadId;
    this.epoch = grant.epoch;
    this.grant = grant;
    this.#store = store;
    this.#settings = settings;
    this.#writer = { threadId: grant.threadId, epoch: grant.epoch };
    this.#sync = sync;
    this.#machine = new LiveStateMachine(grant.epoch);
    this.#isMaterialised = isMaterialised;
    this.#restingSinceMs = settings.clock.monotonicMs();
    const onWarning: WarningListener = (what, error) => this.#warn(what, error);
    this.#line = new AppendLine({ store, writer: this.#writer, nextSequence, sync, onWarning });
    this.#git = new GitFacts({
      collect: settings.gitInfo,
      onFacts: (gitInfo) => sync.add({ gitInfo }),
      onFailure: (error) => this.#warn('git info could not be collected', error),
    });
  }

  /**
   * Creates a thread and takes its lease. Nobody else sees it before its first append or `persist`.
   *
   * What `metadata.source` says of a spawned agent (nickname, role, path) is taken from there unless the metadata names it. Git info
   * of `metadata.cwd` is collected beside what the caller does next, unless the metadata has it.
   *
   * Errors and retry: as `ThreadStore.createThread`; without a `threadId` of its own a retry is safe, since it makes another.
   */
  static async create(
    store: ThreadStore,
    params: CreateLiveThreadParams,
    settings: LiveThreadSettings = {},
    options?: CallOptions,
  ): Promise<LiveThread> {
    const resolved = resolveLiveSettings(settings);
    const threadId = params.threadId ?? newThreadId(resolved.clock.now());
    const metadata = { ...metadataOfSource(params.metadata?.source, resolved.limits), ...params.metadata };
    const grant = await store.createThread({ ...params, threadId, metadata }, options);
    const { cwd = '', preview = '', firstUserMessage = null, title = null } = metadata;
    const seen = seenIn({ cwd, preview, firstUserMessage, title });
    const sync = new ThreadMetadataSync({ threadId: grant.threadId, seen, deferred: null, ...resolved });
    const init = { store, grant, nextSequence: 0n, sync, settings: resolved, isMaterialised: false };
    const live = new LiveThread(init);
    if (metadata.gitInfo === undefined) live.#git.ask(metadata.cwd);
    return live;
  }

  /**
   * Takes the lease of a stored thread, and then reads its metadata and, unless it is given, its history: in this order, so that
   * no earlier writer can add what this handle would not know of.
   *
   * Changes nothing but the lease: what the history says and the metadata lacks is patched with the first append, `persist` or
   * `updateMetadata`. If reading fails, the lease is given back and the reading's error is thrown.
   *
   * Errors and retry: as `ThreadStore.resumeThread`.
   */
  static async resume(
    store: ThreadStore,
    params: ResumeLiveThreadParams,
    settings: LiveThreadSettings = {},
    options?: CallOptions,
  ): Promise<LiveThread> {
    const resolved = resolveLiveSettings(settings);
    const { history, onHistory, ...resume } = params;
    const grant = await store.resumeThread(resume, options);
    const { threadId } = grant;
    return await orDiscarded(store, grant, async () => {
      const read = { threadId, includeArchived: resume.includeArchived ?? false };
      const derived = new HistoryMetadata(await store.readThread(read, options), resolved.limits);
      const given = history?.length === 0 ? [] : history && [{ firstOrdinal: 0n, items: history }];
      for await (const batch of given ?? store.streamHistory(read, options)) {
        derived.take(batch.items);
        onHistory?.(batch);
      }
      const { seen } = derived;
      const sync = new ThreadMetadataSync({ threadId, seen, deferred: derived.missing(), ...resolved });
      return new LiveThread({ store, grant, nextSequence: 0n, sync, settings: resolved, isMaterialised: true });
    });
  }

  /**
   * Goes on with a grant that the caller has from the store, of a fork for example. Reads the thread's metadata and changes nothing;
   * if that fails, the lease is given back and the error is thrown.
   */
  static async adopt(
    store: ThreadStore,
    { nextSequence, ...grant }: AdoptedGrant,
    settings: LiveThreadSettings = {},
    options?: CallOptions,
  ): Promise<LiveThread> {
    const resolved = resolveLiveSettings(settings);
    const { threadId } = grant;
    return await orDiscarded(store, grant, async () => {
      const thread = await store.readThread({ threadId, includeArchived: true }, options);
      const sync = new ThreadMetadataSync({ threadId, seen: seenIn(thread), deferred: null, ...resolved });
      return new LiveThread({ store, grant, nextSequence, sync, settings: resolved, isMaterialised: true });
    });
  }

  get state(): LiveState {
    return this.#machine.state;
  }

  /** Why the state is `lost`, else `null`. */
  get loss(): ThreadStoreError | null {
    return this.#machine.loss;
  }

  /** Milliseconds since the last write ended, or since the handle was made; 0 while one is under way. */
  get idleMs(): number {
    return this.#writes > 0 ? 0 : this.#settings.clock.monotonicMs() - this.#restingSinceMs;
  }

  /**
   * For a store's `onLeaseLost` of this thread and epoch: the handle is `lost` by that error, without a write that fails. An error that
   * does not end a writer changes nothing.
   */
  lose(error: ThreadStoreError): void {
    this.#loseBy(error);
  }

  /**
   * Appends what the policy keeps of the items, all or none, in one commit with the metadata that follows from them. `null`, without a
   * call of the store, when it keeps nothing.
   *
   * Durable on return, in the order of the calls, each batch once. Rejected with effect `none`, the items are not stored and the
   * metadata is as it was. Rejected with effect `unknown` (a lost connection, a deadline, an abort), they are stored or will be: the
   * handle sends them again, as the same batch, before whatever it writes next, and `flush` tells whether that worked. Don't append
   * them again. Only the end of the handle leaves it open whether they are stored: a `shutdown` that could not settle them says so by
   * its error, and a `discard` does not try.
   *
   * `unfiltered` takes the items past the policy: for marks that every reader must see.
   *
   * Metadata never stands in the way of items: where the store refuses what was derived, they are stored without it, and
   * `onWarning` is told.
   *
   * Errors: as `ThreadStore.appendItems`, and those of the state.
   */
  async append(items: readonly LiveItem[], options?: LiveAppendOptions): Promise<AppendResult | null> {
    this.#machine.take('write');
    const policy = options?.unfiltered === true ? keepEverything : this.#settings.policy;
    const batch = keptItems(items, policy, this.#settings.limits);
    if (batch.items.length === 0) return null;
    return await inTurn(
      options?.signal,
      (turn) => this.#order.together(this.threadId, turn),
      () => this.#write(() => this.#line.append(batch, options?.signal)),
    );
  }

  /**
   * Materialises the thread after all appends called before, and stores all metadata that is pending. Idempotent. Waits for git first,
   * which keeps no append that is called meanwhile.
   */
  persist(options?: CallOptions): Promise<void> {
    return this.#afterGit(options, () => this.#persist(options));
  }

  /**
   * Resolves when all appends called before are durable, those too that were rejected with effect `unknown`, and the metadata that is
   * pending because of them is stored. Materialises nothing. Idempotent.
   */
  flush(options?: CallOptions): Promise<void> {
    return this.#alone(options, async () => {
      await this.#line.settle(options?.signal);
      await this.#store.flushThread(this.#writer, options);
      await this.#pushMetadata(options);
    });
  }

  /**
   * Stores what is pending, then releases the lease; attempts the second even if the first fails. A thread that was never
   * materialised is gone. Repeated after success it resolves; while it is under way it is the same shutdown.
   *
   * Rejects with the error of the step that failed, or an `AggregateError` of both. When the release failed, the handle is as before
   * and `shutdown` can be called again.
   */
  async shutdown(options?: CallOptions): Promise<void> {
    this.#machine.take('shutdown');
    // It may have been told an error of the metadata; the lease is released all the same.
    if (this.state === 'shutDown') return;
    this.#shutdown ??= this.#shutDown(options);
    try {
      await this.#shutdown;
    } finally {
      this.#shutdown = undefined;
    }
  }

  /**
   * Releases the lease at once. What is durable stays; metadata that is pending is lost, and so is the thread if it was never
   * materialised. Idempotent; on a handle that is shut down or lost it does nothing.
   */
  async discard(): Promise<void> {
    const before = this.state;
    this.#machine.take('discard');
    this.#git.callOff();
    if (before === 'live' || before === 'shuttingDown') await this.#store.discardThread(this.#writer);
  }

  /** `ThreadStore.loadHistory` of this thread: nothing is flushed before. */
  loadHistory(params: Omit<LoadHistoryParams, 'threadId'> = {}, options?: CallOptions): Promise<ThreadHistory> {
    return this.#store.loadHistory({ ...params, threadId: this.threadId }, options);
  }

  /** `ThreadStore.readThread` of this thread: nothing is flushed before. */
  readThread(params: Omit<ReadThreadParams, 'threadId'> = {}, options?: CallOptions): Promise<StoredThread> {
    return this.#store.readThread({ ...params, threadId: this.threadId }, options);
  }

  /**
   * Stores the metadata that is pending and then the patch, which so has the last word. Materialises the thread. Errors: those of
   * `ThreadStore.updateThreadMetadata`; what fails first prevents the rest.
   */
  updateMetadata(
    patch: ThreadMetadataPatch,
    params: Pick<UpdateThreadMetadataParams, 'includeArchived'> = {},
    options?: CallOptions,
  ): Promise<StoredThread> {
    return this.#afterGit(options, async () => {
      await this.#persist(options);
      const thread = await this.#store.updateThreadMetadata({ ...params, threadId: this.threadId, patch }, options);
      this.#sync.see(seenIn(thread));
      return thread;
    });
  }

  /** Whether the thread may be used to make memories from. See `updateMetadata`. */
  updateMemoryMode(
    memoryMode: MemoryMode,
    params: Pick<UpdateThreadMetadataParams, 'includeArchived'> = {},
    options?: CallOptions,
  ): Promise<StoredThread> {
    return this.updateMetadata({ memoryMode }, params, options);
  }

  /** The path of the thread's file, where its store keeps threads in files: `null` for every other store. */
  async localRolloutPath(options?: CallOptions): Promise<string | null> {
    if (!this.#store.capabilities.readThreadByRolloutPath) return null;
    return (await this.readThread({ includeArchived: true }, options)).rolloutPath;
  }

  /** `shutdown`, unless the handle was discarded or lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state !== 'discarded' && this.state !== 'lost') await this.shutdown();
  }

  async #afterGit<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    this.#machine.take('write');
    await this.#git.answered(options?.signal);
    return await this.#alone(options, work);
  }

  async #alone<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    this.#machine.take('write');
    return await inTurn(
      options?.signal,
      (turn) => this.#order.alone(this.threadId, turn),
      () => this.#write(work),
    );
  }

  /** A write whose turn has come: the state may have moved on meanwhile. */
  async #write<T>(work: () => Promise<T>): Promise<T> {
    this.#mayGoOn();
    this.#writes += 1;
    try {
      return await work();
    } catch (error) {
      this.#loseBy(error);
      throw error;
    } finally {
      this.#writes -= 1;
      this.#restingSinceMs = this.#settings.clock.monotonicMs();
    }
  }

  #mayGoOn(): void {
    if (this.state !== 'shuttingDown') this.#machine.take('write');
  }

  #loseBy(error: unknown): void {
    if (this.#machine.losesBy(error)) tell(() => this.#settings.onLost(error));
  }

  /** Whether anybody but the writer can see the thread. */
  get #hasReaders(): boolean {
    return this.#isMaterialised || this.#line.hasStored;
  }

  async #persist(options: CallOptions | undefined): Promise<void> {
    await this.#line.settle(options?.signal);
    if (!this.#hasReaders) {
      await this.#store.persistThread(this.#writer, options);
      this.#isMaterialised = true;
    }
    this.#sync.begin();
    await this.#pushMetadata(options);
  }

  async #pushMetadata(options: CallOptions | undefined): Promise<void> {
    const pending = this.#sync.take();
    if (pending === null) return;
    const { patch } = pending;
    try {
      await this.#store.updateThreadMetadata({ threadId: this.threadId, patch, includeArchived: true }, options);
      this.#sync.applied(pending);
    } catch (error) {
      if (!isRefusalOf('patch', error)) throw error;
      // It would be refused for ever, and stand in the way of all that comes after it.
      this.#sync.drop();
      this.#warn('metadata was refused, and is given up', error);
    }
  }

  async #shutDown(options: CallOptions | undefined): Promise<void> {
    try {
      await inTurn(
        options?.signal,
        (turn) => this.#order.alone(this.threadId, turn),
        () => this.#release(options),
      );
    } finally {
      // The signal has fired before its turn.
      if (this.state === 'shuttingDown') this.#machine.take('shutdownFailed');
    }
  }

  async #release(options: CallOptions | undefined): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (work: () => Promise<void>): Promise<boolean> => {
      try {
        await this.#write(work);
        return true;
      } catch (error) {
        errors.push(error);
        return false;
      }
    };
    await attempt(async () => {
      await this.#line.settle(options?.signal);
      // Of a thread that nobody will see nothing need be known.
      if (!this.#hasReaders) this.#git.callOff();
      await this.#git.answered(options?.signal);
      // A discard ends the wait.
      this.#mayGoOn();
      await this.#pushMetadata(options);
    });
    // A writer that was lost meanwhile has nothing to release.
    const isReleased =
      this.state === 'shuttingDown' && (await attempt(() => this.#store.shutdownThread(this.#writer, options)));
    this.#machine.take(isReleased ? 'released' : 'shutdownFailed');
    if (errors.length > 1)
      throw new AggregateError(errors, 'what was pending could not be stored, nor the lease released');
    if (errors.length > 0) throw errors[0];
  }

  #warn(what: string, error: unknown): void {
    tell(() => this.#settings.onWarning(`thread ${this.threadId}: ${what}`, error));
  }
}

/** The lease is given back when what follows the grant fails. */
async function orDiscarded<T>(store: ThreadStore, { threadId, epoch }: WriterRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The failure that led here is the one to tell; a lease that can't be released runs out by itself.
    await store.discardThread({ threadId, epoch }).catch(() => undefined);
    throw error;
  }
}
