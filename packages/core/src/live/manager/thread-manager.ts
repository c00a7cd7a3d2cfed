import { checkThreadId } from '../../checks/thread-id.ts';
import { managerClosed, pathUnsupported } from '../../error-factories.ts';
import { ThreadStoreError } from '../../errors.ts';
import type { ReadThreadParams } from '../../history.ts';
import { inTurn } from '../../in-turn.ts';
import { KeyedOrder } from '../../keyed-order.ts';
import type { ThreadMetadataPatch } from '../../metadata-patch.ts';
import { newThreadId } from '../../new-thread-id.ts';
import type { SessionState } from '../../session-log/check-up.ts';
import { closingItems } from '../../session-log/closing-items.ts';
import type { CallOptions, ThreadStore } from '../../thread-store.ts';
import type { SessionSource, StoredThread, ThreadId } from '../../thread.ts';
import type { UpdateThreadMetadataParams } from '../../update.ts';
import type { LostLease, WriterRef } from '../../writer.ts';
import { checkUpThread } from '../check-up-thread.ts';
import { systemClock, type LiveClock } from '../clock.ts';
import { forkThread } from '../fork-thread.ts';
import type { LiveThreadSettings } from '../live-settings.ts';
import { LiveThread } from '../live-thread.ts';
import { emitWarning, tell } from '../warning.ts';
import { IdleWatch } from './idle-watch.ts';
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
import { resumeStored } from './resume-stored.ts';

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
 * calls that load or unload one thread go one after the other: an operation that waits for the loading or unloading of its own
 * thread waits for itself. A thread that rests for `idleMs` is unloaded, and comes back with the next `open` or `submit`. One that could
 * not be unloaded takes no operations; its unloading is tried again when it is opened, and after `idleMs`.
 *
 * A thread that is lost is in the registry no more. Its operations are told by their signals and may take their time: what they write is
 * refused.
 *
 * Made after Codex' ThreadManager, without what belongs to its app server. Threads that are kept nowhere are those of a manager over
 * a `MemoryThreadStore`.
 */
export class ThreadManager<Ops extends Operations = Operations> implements AsyncDisposable {
  readonly #store: ThreadStore;
  readonly #options: ThreadManagerOptions<Ops>;
  readonly #clock: LiveClock;
  readonly #idle: IdleWatch<LoadedThread<Ops>>;
  readonly #threads = new Map<ThreadId, LoadedThread<Ops>>();
  readonly #order = new KeyedOrder();
  /** Threads that are on their way into the registry, once for each call. */
  #loading: ThreadId[] = [];
  #isClosed = false;
  /** `undefined` where the store keeps leases. */
  readonly #renewals: LeaseRenewals | undefined;

  /** Throws a `RangeError` for a time that is none. */
  constructor(options: ThreadManagerOptions<Ops>) {
    this.#store = options.store;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const idleMs = checkedMs('idleMs', options.idleMs, idleMsDefault);
    this.#idle = new IdleWatch({ clock: this.#clock, idleMs, onIdle: (thread) => this.#unloadIdle(thread) });
    const everyMs = checkedMs('renewLeasesMs', options.renewLeasesMs, renewLeasesMsDefault);
    if (everyMs === null) return;
    this.#renewals = new LeaseRenewals({
      store: this.#store,
      clock: this.#clock,
      everyMs,
      writers: () => [...this.#threads.values()].flatMap(writerOf),
      onLost: (lost) => this.leaseLost(lost),
      onWarning: options.onWarning ?? emitWarning,
    });
  }

  /** The ids of the loaded threads, but for internal ones (`source` `{ internal: … }`). */
  loaded(): readonly ThreadId[] {
    const shown = [...this.#threads.values()].filter(({ isInternal, isRunning }) => isRunning && !isInternal);
    return shown.map(({ threadId }) => threadId);
  }

  /** The thread if it is loaded and not internal. */
  get(threadId: ThreadId): LoadedThread<Ops> | undefined {
    const thread = this.#running(checkThreadId(threadId));
    return thread?.isInternal === true ? undefined : thread;
  }

  /** Creates a thread. Errors and retry: as `LiveThread.create`. */
  async start(params: StartManagedParams = {}, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const threadId = this.#newId(params.threadId);
    return await this.#load(threadId, options, async (settings) => {
      const live = await LiveThread.create(this.#store, { ...params, threadId, ...this.#holder() }, settings, options);
      return { live, source: params.metadata?.source, takeover: null, state: null };
    });
  }

  /**
   * Loads a stored thread: takes its lease and goes once through its history. One that is loaded is returned as it is, without a look
   * at whether somebody has stolen it.
   *
   * What was found is on the thread: `takeover` names the writer whose lease was taken over, `stateAtLoad` tells how it was left,
   * with the token usage.
   *
   * With `takeover: 'steal'` the thread is taken from the writer that is there when the call begins: `FENCED` when another one is granted
   * it in between, and whenever an attempt that was held up arrives.
   *
   * Errors: as `LiveThread.resume`; `unsupported` for `rolloutPath` on a store without files. Retry: safe with `steal`, else as
   * `ThreadStore.resumeThread`.
   */
  async resume(params: ResumeManagedParams, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const { threadId: given, ...resume } = params;
    const threadId = await this.#idOf('resume_thread', given, params, options);
    return await this.#load(threadId, options, async (settings) => {
      const ended = this.#threads.get(threadId);
      if (ended?.isRunning === true) return ended;
      // It holds the lease until it is shut down.
      if (ended !== undefined) await this.#unload(ended);
      return await resumeStored(this.#store, { ...resume, threadId, ...this.#holder() }, settings, options);
    });
  }

  /** The thread, loaded if need be. Errors: as `resume`; a live writer elsewhere is not taken over. */
  async open(threadId: ThreadId, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const running = this.#running(checkThreadId(threadId));
    if (running !== undefined) this.#idle.watch(running);
    return running ?? (await this.resume({ threadId }, options));
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
   * The items are copied inside the store where it can do so; `interrupted` reads them once, to see what is open. When something fails
   * after the copy, the new thread is deleted, and its id used up.
   *
   * Errors: as `ThreadStore.forkThread`; `unsupported` for `rolloutPath` on a store without files. Retry: without an id of its own a
   * retry makes another thread.
   */
  async fork(params: ForkManagedParams, options?: CallOptions): Promise<LoadedThread<Ops>> {
    const { snapshot = 'asIs', rolloutPath: _path, sourceThreadId: given, ...fork } = params;
    const sourceThreadId = await this.#idOf('fork_thread', given, params, options);
    const threadId = this.#newId(params.threadId);
    await this.#materialise(sourceThreadId, options);
    return await this.#load(threadId, options, async (settings) => {
      const grant = await forkThread(this.#store, { ...fork, sourceThreadId, threadId, ...this.#holder() }, options);
      try {
        const live = await LiveThread.adopt(this.#store, grant, settings, options);
        const { source } = await live.readThread({}, options);
        const state = snapshot === 'asIs' ? null : await checkUpThread(this.#store, { threadId }, options);
        const closing = state === null ? [] : closingItems(state);
        if (closing.length > 0) await live.append(closing, { ...options, unfiltered: true });
        return { live, source, takeover: null, state };
      } catch (error) {
        // The failure that led here is the one to tell; a lease that can't be released runs out by itself.
        await this.#store.deleteThread({ threadId, epoch: grant.epoch }).catch(() => undefined);
        throw error;
      }
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

  /**
   * Patches through the live thread where it is loaded, so that the patch has the last word, and else in the store: after a loading or
   * unloading of the thread that is under way. Errors and retry: as `ThreadStore.updateThreadMetadata`.
   */
  async updateMetadata(
    threadId: ThreadId,
    patch: ThreadMetadataPatch,
    params: Pick<UpdateThreadMetadataParams, 'includeArchived'> = {},
    options?: CallOptions,
  ): Promise<StoredThread> {
    const id = checkThreadId(threadId);
    // Also one that is being unloaded, while its operations end.
    const live = (): LiveThread | undefined => {
      const thread = this.#threads.get(id)?.live;
      return thread?.state === 'live' ? thread : undefined;
    };
    try {
      const loaded = live();
      if (loaded !== undefined) return await loaded.updateMetadata(patch, params, options);
    } catch (error) {
      // It was unloaded meanwhile.
      if (!(error instanceof ThreadStoreError) || error.reason !== 'WRITER_RELEASED') throw error;
    }
    return await this.#inOrder(id, options, async () => {
      const loaded = live();
      if (loaded !== undefined) return await loaded.updateMetadata(patch, params, options);
      return await this.#store.updateThreadMetadata({ ...params, threadId: id, patch }, options);
    });
  }

  /** `ThreadStore.readThread`: nothing is loaded or flushed for it. */
  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread> {
    return this.#store.readThread(params, options);
  }

  /**
   * Takes the thread out of the registry, and does nothing else: whoever holds it goes on, and has to shut it down. The manager renews its
   * lease no more, and tells nobody of its loss.
   */
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

  /**
   * Unloads all threads at once, those too that are being loaded, and waits at most so long, in milliseconds (default 10,000). Rejects for
   * no thread's sake. What is reported as timed out goes on in the background.
   */
  async shutdownAll({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<ShutdownReport> {
    const limitMs = checkedMs('timeoutMs', timeoutMs, shutdownMsDefault);
    const completed: ThreadId[] = [];
    const failed: { threadId: ThreadId; error: unknown }[] = [];
    const pending = (): ThreadId[] => {
      const done = new Set(failed.map(({ threadId }) => threadId));
      return [...new Set([...this.#threads.keys(), ...this.#loading])].filter((threadId) => !done.has(threadId));
    };
    const unload = async (threadId: ThreadId): Promise<void> => {
      const isLoaded = this.#threads.has(threadId);
      try {
        // One that was loaded may have been unloaded by somebody else meanwhile.
        if ((await this.unload(threadId)) || isLoaded) completed.push(threadId);
      } catch (error) {
        failed.push({ threadId, error });
      }
    };
    const unloadAll = async (): Promise<void> => {
      for (let ids = pending(); ids.length > 0; ids = pending()) await Promise.all(ids.map(unload));
    };
    let callOff = (): void => undefined;
    const timeout = new Promise<void>((resolve) => {
      if (limitMs !== null) callOff = this.#clock.after(limitMs, resolve, { keepsAlive: true });
    });
    await Promise.race([unloadAll(), timeout]);
    callOff();
    return { completed: [...completed], failed: [...failed], timedOut: pending() };
  }

  /**
   * For a store's `onLeaseLost`: the thread need not find out by a write that fails. Operations are told by their signals, and the
   * thread is unloaded.
   */
  leaseLost({ threadId, epoch, error }: LostLease): void {
    const thread = this.#threads.get(threadId);
    if (thread?.live.epoch === epoch) thread.live.lose(error);
  }

  /** Refuses threads from now on, then `shutdownAll`; throws an `AggregateError` when a thread could not be shut down. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
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

  /** After what loads or unloads the thread now; a signal ends the wait. */
  #inOrder<T>(threadId: ThreadId, options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    return inTurn(options?.signal, (turn) => this.#order.alone(threadId, turn), work);
  }

  /** Loads a thread in its order; `load` gives one that is there already, or what to make one of. */
  async #load(
    threadId: ThreadId,
    options: CallOptions | undefined,
    load: (settings: LiveThreadSettings) => Promise<LoadedThread<Ops> | Loading>,
  ): Promise<LoadedThread<Ops>> {
    if (this.#isClosed) throw managerClosed();
    this.#loading.push(threadId);
    try {
      return await this.#inOrder(threadId, options, async () => {
        if (this.#isClosed) throw managerClosed();
        // Of this handle alone: another one may have the id by then.
        const handle: { thread?: LoadedThread<Ops> } = {};
        const onLost = (error: ThreadStoreError): void => this.#lose(handle.thread, error);
        const loaded = await load({ ...this.#options, onLost });
        const thread = loaded instanceof LoadedThread ? loaded : this.#loadedThread(loaded);
        if (thread.live.loss !== null) throw thread.live.loss;
        handle.thread = thread;
        return this.#keep(thread);
      });
    } finally {
      this.#loading.splice(this.#loading.indexOf(threadId), 1);
    }
  }

  /** The source of a fork, with all that it was given. */
  async #materialise(threadId: ThreadId, options: CallOptions | undefined): Promise<void> {
    const live = this.#threads.get(threadId)?.live;
    if (live?.state !== 'live') return;
    try {
      await live.persist(options);
    } catch (error) {
      // What was unloaded meanwhile is stored, or is found missing.
      if (!(error instanceof ThreadStoreError) || error.reason !== 'WRITER_RELEASED') throw error;
    }
  }

  #running(threadId: ThreadId): LoadedThread<Ops> | undefined {
    const thread = this.#threads.get(threadId);
    return thread?.isRunning === true ? thread : undefined;
  }

  #loadedThread({ source, ...loading }: Loading): LoadedThread<Ops> {
    return new LoadedThread<Ops>({
      ...loading,
      store: this.#store,
      operations: this.#options.operations ?? ({} as Ops),
      isInternal: typeof source === 'object' && Object.hasOwn(source, 'internal'),
      onRest: (thread) => this.#watch(thread),
    });
  }

  #keep(thread: LoadedThread<Ops>): LoadedThread<Ops> {
    const before = this.#threads.get(thread.threadId);
    if (before !== undefined && before !== thread) this.#forget(before);
    this.#threads.set(thread.threadId, thread);
    this.#renewals?.start();
    this.#idle.watch(thread);
    return thread;
  }

  #forget(thread: LoadedThread<Ops>): void {
    if (this.#threads.get(thread.threadId) === thread) this.#threads.delete(thread.threadId);
    this.#idle.forget(thread);
  }

  /** One that is in the registry no more is nobody's business. */
  #watch(thread: LoadedThread<Ops>): void {
    if (this.#threads.get(thread.threadId) === thread) this.#idle.watch(thread);
  }

  #lose(thread: LoadedThread<Ops> | undefined, error: ThreadStoreError): void {
    if (thread === undefined || this.#threads.get(thread.threadId) !== thread) return;
    this.#forget(thread);
    thread.end(error);
    const { onLost } = this.#options;
    tell(() => onLost?.(thread.threadId, error));
  }

  async #unload(thread: LoadedThread<Ops>): Promise<void> {
    thread.end();
    await thread.atRest();
    try {
      await thread.live[Symbol.asyncDispose]();
    } finally {
      // What was pending may have failed when the lease is given back all the same.
      if (thread.live.state !== 'live') this.#forget(thread);
      else this.#watch(thread);
    }
  }

  #unloadIdle(thread: LoadedThread<Ops>): void {
    const { threadId } = thread;
    const { onUnloaded } = this.#options;
    const unloaded = this.#order.alone(threadId, async () => {
      if (this.#threads.get(threadId) !== thread || thread.isBusy) return false;
      await this.#unload(thread);
      return true;
    });
    unloaded.then(
      (isUnloaded) => {
        if (isUnloaded) tell(() => onUnloaded?.(threadId, null));
      },
      (error: unknown) => tell(() => onUnloaded?.(threadId, error)),
    );
  }
}

/** Milliseconds, `null` for never. */
function checkedMs(name: string, value: number | null | undefined, otherwise: number): number | null {
  if (value === undefined) return otherwise;
  if (value === null || value === Number.POSITIVE_INFINITY) return null;
  if (typeof value !== 'number' || !(value >= 0)) throw new RangeError(`${name} must be a number from 0 on, or null`);
  return value;
}

function writerOf({
  live,
  isRunning,
}: {
  readonly live: LiveThread;
  readonly isRunning: boolean;
}): readonly WriterRef[] {
  return isRunning ? [{ threadId: live.threadId, epoch: live.epoch }] : [];
}
