import { invalidField, writerReleased } from '../../error-factories.ts';
import type { ThreadStoreError } from '../../errors.ts';
import type { SessionState } from '../../session-log/check-up.ts';
import { closingItems } from '../../session-log/closing-items.ts';
import { rollbackMarker } from '../../session-log/rollback-marker.ts';
import type { CallOptions, ThreadStore } from '../../thread-store.ts';
import type { Lease, ThreadId } from '../../thread.ts';
import type { AppendResult } from '../../writer.ts';
import { checkUpThread, type ThreadCheckUp } from '../check-up-thread.ts';
import type { LiveItem } from '../live-item.ts';
import type { LiveThread } from '../live-thread.ts';
import type { InputOf, Operations, OutputOf } from './operation.ts';
import { TurnQueue } from './turn-queue.ts';

/** A lease that a resume has ended or that had lapsed before it: its holder was not done, as far as could be seen. */
export interface LeaseTakeover {
  readonly epoch: bigint;
  readonly lease: Lease;
}

export interface LoadedThreadInit<Ops extends Operations> {
  readonly live: LiveThread;
  readonly store: ThreadStore;
  readonly operations: Ops;
  /** Hidden from lists: a thread that the program keeps for itself. */
  readonly isInternal: boolean;
  readonly takeover: LeaseTakeover | null;
  readonly state: SessionState | null;
  /** Called whenever no operation runs any more. */
  readonly onRest: (thread: LoadedThread<Ops>) => void;
}

/**
 * A thread that is loaded in this process: its live thread, what was found when it was loaded, and its operations.
 *
 * It is made by a `ThreadManager`, which also ends it. Whoever holds one may go on using it until then.
 */
export class LoadedThread<Ops extends Operations = Operations> {
  readonly threadId: ThreadId;
  /** Where the thread is written to and read from. */
  readonly live: LiveThread;
  readonly isInternal: boolean;
  /** The writer whose lease was taken over when the thread was loaded; `null` when it had been given back. */
  readonly takeover: LeaseTakeover | null;
  /**
   * How the thread was left, as its history said when it was loaded: the last complete turn, a turn that was interrupted, tool calls
   * without a result, the token usage. `null` for a thread that was started here, or forked as it is: its history was not read.
   */
  readonly stateAtLoad: SessionState | null;
  readonly #store: ThreadStore;
  readonly #operations: Ops;
  readonly #turns: TurnQueue;
  readonly #controls = new Set<AbortController>();
  readonly #onRest: (thread: LoadedThread<Ops>) => void;
  #ending: ThreadStoreError | null = null;
  readonly #resting: (() => void)[] = [];

  constructor({ live, store, operations, isInternal, takeover, state, onRest }: LoadedThreadInit<Ops>) {
    this.threadId = live.threadId;
    this.live = live;
    this.isInternal = isInternal;
    this.takeover = takeover;
    this.stateAtLoad = state;
    this.#store = store;
    this.#operations = operations;
    this.#onRest = onRest;
    this.#turns = new TurnQueue(live.threadId, () => this.#rest());
  }

  /** Whether it takes operations: it is neither being unloaded nor lost. */
  get isRunning(): boolean {
    return this.#ending === null && this.live.state === 'live';
  }

  /** Whether an operation is under way. */
  get isBusy(): boolean {
    return this.#turns.isBusy || this.#controls.size > 0;
  }

  /**
   * Does the operation of that name and resolves to its result. A turn waits for those before it.
   *
   * Errors: those of the operation, as they are; `invalid_request` for a name that there is none of; `conflict` (`WRITER_RELEASED`) when
   * the thread is unloaded before its turn comes, or the error by which it was lost. A turn that waits for another turn of its own thread
   * waits for itself.
   */
  async submit<K extends keyof Ops & string>(name: K, input: InputOf<Ops[K]>): Promise<OutputOf<Ops[K]>> {
    const operation = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (operation === undefined) throw invalidField('operation', `there is none named ${JSON.stringify(name)}`);
    this.#throwIfEnded();
    const run = (signal: AbortSignal): Promise<unknown> =>
      operation.run(this as unknown as LoadedThread, input, { signal });
    return (await (operation.kind === 'turn' ? this.#turns.run(run) : this.#control(run))) as OutputOf<Ops[K]>;
  }

  /** Fires the signal of the turn that is running; false when there is none. Turns that wait go on. */
  interrupt(reason?: unknown): boolean {
    return this.#turns.interrupt(reason);
  }

  /**
   * Appends items that no operation made, durable on return. `null` when the policy keeps none of them. None is `invalid_request`; other
   * errors and retry: as `LiveThread.append`.
   */
  async injectItems(items: readonly LiveItem[], options?: CallOptions): Promise<AppendResult | null> {
    if (items.length === 0) throw invalidField('items', 'must not be empty');
    this.#throwIfEnded();
    return await this.live.append(items, options);
  }

  /**
   * Hides the last turns from everybody who reads turns or items, by a marker: nothing is deleted, and `loadHistory` has all. Resolves to
   * the place of the marker, which is durable then.
   *
   * Errors: `invalid_request` for less than one turn; `conflict` (`TURN_IN_PROGRESS`) while a turn or another rollback is running; those
   * of `LiveThread.flush`, after which nothing is changed, and of `append`. Retry: safe after effect `none`.
   */
  async rollback(turns: number, options?: CallOptions): Promise<AppendResult | null> {
    const marker = rollbackMarker(turns);
    this.#throwIfEnded();
    return await this.#turns.runNow('roll back', async () => {
      await this.live.flush(options);
      return await this.live.append([marker], { ...options, unfiltered: true });
    });
  }

  /** Flushes, and reads from the history how the thread stands now: what `stateAtLoad` was then. See `checkUpThread`. */
  async checkUp(options?: CallOptions): Promise<ThreadCheckUp> {
    await this.live.flush(options);
    return await checkUpThread(this.#store, { threadId: this.threadId, includeArchived: true }, options);
  }

  /**
   * Closes by one append what a writer left open that did not come back: a result for each tool call that has none, which says that
   * it was aborted, and the end of the turn as interrupted. `null` when nothing is open. A model refuses a history with calls that have no
   * results.
   *
   * Errors: `conflict` (`TURN_IN_PROGRESS`) while a turn is running; those of `checkUp` and `LiveThread.append`. Retry: safe after effect
   * `none`.
   */
  async closeInterrupted(options?: CallOptions): Promise<AppendResult | null> {
    this.#throwIfEnded();
    return await this.#turns.runNow('close it', async () => {
      const items = closingItems(await this.checkUp(options));
      return items.length === 0 ? null : await this.live.append(items, { ...options, unfiltered: true });
    });
  }

  /** For its manager: takes no operation any more; `error` is what callers get. Fires the signals of those that are running. */
  end(error: ThreadStoreError = writerReleased(this.live.epoch)): void {
    this.#ending ??= error;
    this.#turns.end(error);
    for (const control of this.#controls) control.abort(error);
  }

  /** For its manager: resolves when no operation is under way. */
  atRest(): Promise<void> {
    if (!this.isBusy) return Promise.resolve();
    return new Promise((resolve) => this.#resting.push(resolve));
  }

  async #control<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#controls.add(controller);
    try {
      return await run(controller.signal);
    } finally {
      this.#controls.delete(controller);
      this.#rest();
    }
  }

  #rest(): void {
    if (this.isBusy) return;
    for (const resolve of this.#resting.splice(0)) resolve();
    this.#onRest(this);
  }

  #throwIfEnded(): void {
    const error = this.#ending ?? this.live.loss;
    if (error !== null) throw error;
  }
}
