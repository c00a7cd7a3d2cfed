import type { ThreadStoreError } from '../../errors.ts';
import type { ForkThreadParams } from '../../fork.ts';
import type { ThreadStore } from '../../thread-store.ts';
import type { ThreadId } from '../../thread.ts';
import type { ResumeThreadParams } from '../../writer.ts';
import type { LiveThreadSettings } from '../live-settings.ts';
import type { CreateLiveThreadParams } from '../live-thread.ts';
import type { Operations } from './operation.ts';

export interface ThreadManagerOptions<Ops extends Operations> extends Omit<LiveThreadSettings, 'onLost'> {
  readonly store: ThreadStore;
  /** What can be submitted to a thread. Default: nothing. */
  readonly operations?: Ops;
  /** The label of the leases that are taken. Default: the store's. */
  readonly holder?: string;
  /**
   * A thread without an operation and without a write for so long is unloaded: shut down, its lease released. The next use
   * loads it again. In milliseconds; default 30 minutes, `null` or `Infinity`: never.
   */
  readonly idleMs?: number | null;
  /**
   * The leases of loaded threads are renewed so often, all by one call: an agent that thinks for longer than a lease lasts keeps its
   * thread. In milliseconds; default 10,000, a third of what leases last by default. `null`: the store keeps them.
   */
  readonly renewLeasesMs?: number | null;
  /** Told of each loaded thread whose lease was lost: it is unloaded, and the signals of its operations have fired. */
  readonly onLost?: (threadId: ThreadId, error: ThreadStoreError) => void;
  /** Told of each thread that was unloaded because it was idle; `error` when it could not be shut down. */
  readonly onUnloaded?: (threadId: ThreadId, error: unknown) => void;
}

/** By the id, or by the path of a file on a store that has files. */
export interface ResumeManagedParams extends Omit<ResumeThreadParams, 'threadId' | 'holder'> {
  readonly threadId?: ThreadId;
  /** The items, where the caller has them already. */
  readonly history?: readonly string[] | null;
}

export interface ForkManagedParams extends Omit<ForkThreadParams, 'threadId' | 'holder' | 'sourceThreadId'> {
  /** The source; or `rolloutPath` on a store that has files. */
  readonly sourceThreadId?: ThreadId;
  readonly rolloutPath?: string;
  /** Default: a new UUID of version 7. */
  readonly threadId?: ThreadId;
  /**
   * `interrupted` closes what is open at the end of the copy, as if it had been interrupted there: a turn that is running, calls
   * without results. Default `asIs`.
   */
  readonly snapshot?: 'asIs' | 'interrupted';
}

export type ReviewParams = Omit<ForkManagedParams, 'snapshot' | 'at' | 'parentThreadId'>;

export type StartManagedParams = Omit<CreateLiveThreadParams, 'holder'>;

/** What became of each thread. */
export interface ShutdownReport {
  readonly completed: readonly ThreadId[];
  readonly failed: readonly { readonly threadId: ThreadId; readonly error: unknown }[];
  /** Still loaded: their operations did not end in time, or the store did not answer. */
  readonly timedOut: readonly ThreadId[];
}
