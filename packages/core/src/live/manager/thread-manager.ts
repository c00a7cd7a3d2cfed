import { checkThreadId } from '../../checks/thread-id.ts';
import { pathUnsupported } from '../../error-factories.ts';
import type { ThreadStoreError } from '../../errors.ts';
import type { ReadThreadParams } from '../../history.ts';
import { KeyedOrder } from '../../keyed-order.ts';
import type { ThreadMetadataPatch } from '../../metadata-patch.ts';
import { newThreadId } from '../../new-thread-id.ts';
import { SessionReading, type SessionState } from '../../session-log/check-up.ts';
import type { CallOptions, ThreadStore } from '../../thread-store.ts';
import type { SessionSource, StoredThread, ThreadId } from '../../thread.ts';
import type { UpdateThreadMetadataParams } from '../../update.ts';
import type { LostLease, WriterRef } from '../../writer.ts';
import { systemClock, type LiveClock } from '../clock.ts';
import { forkThread } from '../fork-thread.ts';
import type { LiveThreadSettings } from '../live-settings.ts';
import { LiveThreadInitGuard } from '../live-thread-init-guard.ts';
import { LiveThread } from '../live-thread.ts';
import { LeaseRenewals } from './lease-renewals.ts';
import { LoadedThread, type LeaseTakeover } from './loaded-thread.ts';
import type {
  ForkManagedParams,
  ResumeManagedParams,
  ReviewParams,
  ShutdownReport,
  StartManagedParams,
  ThreadManagerOptions,
} from './manager-params.ts';
import type { InputOf, Operations, OutputOf } from './operation.ts';

const idleMsDefault = 30 * 60 * 1_000;
const renewLeasesMsDefault = 10_000;
const shutdownMsDefault = 10_000;

interface Loading {
  readonly live: LiveThread;
  readonly source: SessionSource | undefined;
  readonly takeover: LeaseTakeover | null;
  readonly state: SessionState | null;
}

/**
 * The threads that are loaded in this process, over one store.
 *
 * Loading takes a thread's lease, unloading gives it back. A thread is loaded once: whoever asks for it again gets the same one, and
 * calls that load or unload one thread go one after the other. A thread that rests for `idleMs` is unloaded, and comes back with the
 * next `open` or `submit`.
 *
 * Made after Codex' ThreadManager, without what belongs to its app server. Threads that are kept nowhere are those of a manager over
 * a `MemoryThreadStore`.
 */
export class ThreadManager<Ops extends Operations = Operations> implements AsyncDisposable {
  readonly #store: ThreadStore;
  readonly #options: ThreadManagerOptions<Ops>;
  readonly #clock: LiveClock;
  readonly #idleMs: number | null;
  readonly #threads = new Map<ThreadId, LoadedThread<Ops>>();
  /** What calls off the look at a thread that may be idle. */
  readonly #looks = new Map<LoadedThread<Ops>, () => void>();
  readonly #order = new KeyedOrder();
  /** `undefined` where the store keeps leases. */
  readonly #renewals: LeaseRenewals | undefined;

  constructor(options: ThreadManagerOptions<Ops>) {
    this.#store = options.store;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#idleMs = options.idleMs === undefined ? idleMsDefault : options.idleMs;
    const { renewLeasesMs: everyMs = renewLeasesMsDefault } = options;
    const writers = (): WriterRef[] => [...this.#threads.values()].flatMap(({ live }) => writerOf(live));
    const onLost = (lost: LostLease): void => this.leaseLost(lost);
    if (everyMs !== null)
      this.#renewals = new LeaseRenewals({ ...options, clock: this.#clock, everyMs, writers, onLost });
  }

  /** The ids of the loaded threads, but for internal ones (`source` `{ internal: … }`). */
  loaded(): readonly ThreadId[] {
    return [...this.#threads.values()].filter(({ isInternal }) => !isInternal).map(({ threadId }) => threadId);
  }

  /** The thread if it is loaded and not internal. */
  get(threadId: ThreadId): LoadedThread<Ops> | undefined {
    const thread = this.#running(checkThreadId(threadId));
    return thread?.isInternal === true ? undefined : thread;
  }

  /** Creates a thread. Errors and retry: as `LiveThread.create`. */
  async start(params: StartManagedParams = {}, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const threadId = this.#newId(params.threadId);
    return await this.#order.alone(threadId, async () => {
      const all = { ...params, threadId, ...this.#holder() };
      const live = await LiveThread.create(this.#store, all, this.#settings(threadId), options);
      return this.#register({ live, source: params.metadata?.source, takeover: null, state: null });
    });
  }

  /**
   * Loads a stored thread: takes its lease and goes once through its history. One that is loaded is returned as it is.
   *
   * What was found is on the thread: `takeover` names the writer whose lease was taken over, `stateAtLoad` tells how it was left,
   * with the token usage.
   *
   * Errors: as `LiveThread.resume`; `unsupported` for `rolloutPath` on a store without files. Retry: as `ThreadStore.resumeThread`.
   */
  async resume(params: ResumeManagedParams, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const { threadId: given, ...resume } = params;
    const threadId = await this.#idOf('resume_thread', given, params, options);
    return await this.#order.alone(threadId, async () => {
      const running = this.#running(threadId);
      if (running !== undefined) return running;
      const includeArchived = params.includeArchived ?? false;
      const before = await this.#store.readThread({ threadId, includeArchived }, options);
      const reading = new SessionReading();
      const live = await LiveThread.resume(
        this.#store,
        {
          ...resume,
          threadId,
          ...this.#holder(),
          onHistory: ({ firstOrdinal, items }) => reading.take(firstOrdinal, items),
        },
        this.#settings(threadId),
        options,
      );
      return this.#register({
        live,
        source: before.source,
        takeover: takeoverOf(before, live),
        state: reading.state(),
      });
    });
  }

  /** The thread, loaded if need be. Errors: as `resume`; a live writer elsewhere is not taken over. */
  async open(threadId: ThreadId, options?: CallOptions): Promise<LoadedThread<Ops>> {
    return this.#running(checkThreadId(threadId)) ?? (await this.resume({ threadId }, options));
  }

  /** `LoadedThread.submit` on a thread that is loaded if need be. */
  async submit<K extends keyof Ops & string>(
    threadId: ThreadId,
    name: K,
    input: InputOf<Ops[K]>,
  ): Promise<OutputOf<Ops[K]>> {
    const thread = await this.open(threadId);
    return await thread.submit(name, input);
  }

  /**
   * Makes a new thread with the items of another, up to its end or to a point of it, and loads it. A source that is loaded here is
   * materialised first, with all its appends.
   *
   * The items are copied inside the store where it can do so. Errors and retry: as `ThreadStore.forkThread`; `unsupported` for
   * `rolloutPath` on a store without files.
   */
  async fork(params: ForkManagedParams, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const { snapshot = 'asIs', rolloutPath: _path, sourceThreadId: given, ...fork } = params;
    const sourceThreadId = await this.#idOf('fork_thread', given, params, options);
    const threadId = this.#newId(params.threadId);
    await this.#running(sourceThreadId)?.live.persist(options);
    return await this.#order.alone(threadId, async () => {
      const grant = await forkThread(this.#store, { ...fork, sourceThreadId, threadId, ...this.#holder() }, options);
      const settings = this.#settings(threadId);
      const live = await LiveThread.adopt(this.#store, grant, settings, options);
      await using guard = new LiveThreadInitGuard(live, settings);
      const { source } = await live.readThread({}, options);
      const loading = { live, source, takeover: null, state: null };
      const thread = this.#loadedThread(loading);
      if (snapshot === 'interrupted') await thread.closeInterrupted(options);
      guard.commit();
      return this.#keep(thread);
    });
  }

  /**
   * A thread of its own for a review of another: a fork of it as if it were interrupted now, whose parent it is. The review itself
   * is what is then submitted to it. Errors and retry: as `fork`.
   */
  async startReview(params: ReviewParams, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const { rolloutPath: _path, ...review } = params;
    const parentThreadId = await this.#idOf('fork_thread', params.sourceThreadId, params, options);
    const metadata: ThreadMetadataPatch = { source: { subagent: 'review' }, ...params.metadata };
    const fork = { ...review, sourceThreadId: parentThreadId, parentThreadId, metadata };
    return await this.fork({ ...fork, snapshot: 'interrupted' }, options);
  }

  /** Patches through the live thread where it is loaded, so that the patch has the last word, and else in the store. */
  async updateMetadata(
    threadId: ThreadId,
    patch: ThreadMetadataPatch,
    params: Pick<UpdateThreadMetadataParams, 'includeArchived'> = {},
    options?: CallOptions,
  ): Promise<StoredThread> {
    const running = this.#running(checkThreadId(threadId));
    if (running !== undefined) return await running.live.updateMetadata(patch, params, options);
    return await this.#store.updateThreadMetadata({ ...params, threadId, patch }, options);
  }

  /** `ThreadStore.readThread`: nothing is loaded or flushed for it. */
  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#store.readThread(params, options);
  }

  /** Takes the thread out of the registry, and does nothing else: whoever holds it goes on, and has to shut it down. */
  remove(threadId: ThreadId): LoadedThread<Ops> | undefined {
    const thread = this.#threads.get(checkThreadId(threadId));
    if (thread !== undefined) this.#forget(thread);
    return thread;
  }

  /**
   * Ends a thread's operations, by their signals, waits for them, and shuts it down. False when it is not loaded. Rejects with what
   * `LiveThread.shutdown` rejects with, and the thread stays loaded without taking operations: call it again. An operation that waited
   * for the end of its own thread would wait for itself.
   */
  async unload(threadId: ThreadId): Promise<boolean> {
    const id = checkThreadId(threadId);
    return await this.#order.alone(id, async () => {
      const thread = this.#threads.get(id);
      if (thread !== undefined) await this.#unload(thread);
      return thread !== undefined;
    });
  }

  /** Unloads all threads at once, and waits at most so long, in milliseconds (default 10,000). Rejects for no thread's sake. */
  async shutdownAll({ timeoutMs = shutdownMsDefault }: { readonly timeoutMs?: number } = {}): Promise<ShutdownReport> {
    const report = { completed: [] as ThreadId[], failed: [] as { threadId: ThreadId; error: unknown }[] };
    const ids = [...this.#threads.keys()];
    const all = Promise.all(
      ids.map(async (threadId) => {
        try {
          await this.unload(threadId);
          report.completed.push(threadId);
        } catch (error) {
          report.failed.push({ threadId, error });
        }
      }),
    );
    let callOff = (): void => undefined;
    const timeout = new Promise<void>((resolve) => {
      callOff = this.#clock.after(timeoutMs, resolve);
    });
    await Promise.race([all, timeout]);
    callOff();
    const done = new Set([...report.completed, ...report.failed.map(({ threadId }) => threadId)]);
    return {
      completed: [...report.completed],
      failed: [...report.failed],
      timedOut: ids.filter((threadId) => !done.has(threadId)),
    };
  }

  /**
   * For a store's `onLeaseLost`: the thread need not find out by a write that fails. Operations are told by their signals, and the
   * thread is unloaded.
   */
  leaseLost({ threadId, epoch, error }: LostLease): void {
    const thread = this.#threads.get(threadId);
    if (thread?.live.epoch === epoch) thread.live.lose(error);
  }

  /** `shutdownAll`; throws an `AggregateError` when a thread could not be shut down. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { failed, timedOut } = await this.shutdownAll();
    const errors = [...failed.map(({ error }) => error), ...timedOut.map((id) => new Error(`thread ${id}: timed out`))];
    if (errors.length > 0) throw new AggregateError(errors, 'threads could not be shut down');
  }

  /** By id, or by path where the store has files. */
  async #idOf(
    operation: string,
    threadId: ThreadId | undefined,
    { rolloutPath, includeArchived = false }: Pick<ResumeManagedParams, 'rolloutPath' | 'includeArchived'>,
    options: CallOptions | undefined,
  ): Promise<ThreadId> {
    if (rolloutPath === undefined) return checkThreadId(threadId);
    if (!this.#store.capabilities.readThreadByRolloutPath) {
      throw pathUnsupported(operation);
    }
    // oxlint-disable-next-line typescript/no-deprecated -- callers should not; whom they hand a path has nothing else.
    return (await this.#store.readThreadByRolloutPath({ rolloutPath, includeArchived }, options)).threadId;
  }

  #newId(given: ThreadId | undefined): ThreadId {
    return given === undefined ? newThreadId(this.#clock.now()) : checkThreadId(given);
  }

  #holder(): { readonly holder?: string } {
    const { holder } = this.#options;
    return holder === undefined ? {} : { holder };
  }

  #settings(threadId: ThreadId): LiveThreadSettings {
    return { ...this.#options, onLost: (error) => this.#lose(threadId, error) };
  }

  #running(threadId: ThreadId): LoadedThread<Ops> | undefined {
    const thread = this.#threads.get(threadId);
    return thread?.isRunning === true ? thread : undefined;
  }

  #register(loading: Loading): LoadedThread<Ops> {
    return this.#keep(this.#loadedThread(loading));
  }

  #loadedThread({ source, ...loading }: Loading): LoadedThread<Ops> {
    return new LoadedThread<Ops>({
      ...loading,
      store: this.#store,
      operations: this.#options.operations ?? ({} as Ops),
      isInternal: typeof source === 'object' && Object.hasOwn(source, 'internal'),
      onRest: (thread) => this.#lookLater(thread),
    });
  }

  /** A thread that was there before is dead: see `#running`. */
  #keep(thread: LoadedThread<Ops>): LoadedThread<Ops> {
    const dead = this.#threads.get(thread.threadId);
    if (dead !== undefined) this.#forget(dead);
    this.#threads.set(thread.threadId, thread);
    this.#renewals?.start();
    this.#lookLater(thread);
    return thread;
  }

  #forget(thread: LoadedThread<Ops>): void {
    if (this.#threads.get(thread.threadId) === thread) this.#threads.delete(thread.threadId);
    this.#looks.get(thread)?.();
    this.#looks.delete(thread);
  }

  #lose(threadId: ThreadId, error: ThreadStoreError): void {
    const thread = this.#threads.get(threadId);
    if (thread !== undefined) {
      this.#forget(thread);
      thread.end(error);
    }
    this.#options.onLost?.(threadId, error);
  }

  async #unload(thread: LoadedThread<Ops>): Promise<void> {
    thread.end();
    await thread.atRest();
    await thread.live[Symbol.asyncDispose]();
    this.#forget(thread);
  }

  #lookLater(thread: LoadedThread<Ops>, ms = this.#idleMs): void {
    this.#looks.get(thread)?.();
    if (ms === null || this.#threads.get(thread.threadId) !== thread) return;
    this.#looks.set(
      thread,
      this.#clock.after(ms, () => this.#look(thread)),
    );
  }

  /** Unloads a thread that has been idle for long enough. One that is busy is looked at when it rests. */
  #look(thread: LoadedThread<Ops>): void {
    if (this.#idleMs === null || thread.isBusy || !thread.isRunning) return;
    const left = this.#idleMs - thread.live.idleMs;
    if (left > 0) {
      this.#lookLater(thread, left);
      return;
    }
    const { threadId } = thread;
    const unloading = this.#order.alone(threadId, async () => {
      if (this.#running(threadId) !== thread || thread.isBusy) return;
      await this.#unload(thread);
      this.#options.onUnloaded?.(threadId, null);
    });
    unloading.catch((error: unknown) => this.#options.onUnloaded?.(threadId, error));
  }
}

function writerOf({ threadId, epoch, state }: LiveThread): readonly WriterRef[] {
  return state === 'live' || state === 'shuttingDown' ? [{ threadId, epoch }] : [];
}

/** What the grant took over, if nobody was in between. */
function takeoverOf({ lease, epoch }: StoredThread, live: LiveThread): LeaseTakeover | null {
  return lease !== null && live.epoch === epoch + 1n ? { epoch, lease } : null;
}
