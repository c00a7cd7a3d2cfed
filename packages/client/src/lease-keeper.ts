import {
  ThreadStoreError,
  type LostLease,
  type RenewLeasesParams,
  type RenewLeasesResult,
  type ThreadStoreErrorReason,
  type WriterGrant,
  type WriterRef,
} from '@threadstore/core';

export interface LeaseKeeperOptions {
  readonly renew: (params: RenewLeasesParams) => Promise<RenewLeasesResult>;
  readonly onLost: ((lost: LostLease) => void) | undefined;
}

interface Kept extends WriterRef {
  readonly everyMs: number;
  /** When what last renewed the lease was sent. */
  renewedAt: number;
  isBeingRenewed: boolean;
}

/** The refusals after which a writer may write no more. */
const losses: ReadonlySet<ThreadStoreErrorReason> = new Set(['FENCED', 'WRITER_RELEASED', 'THREAD_DELETED']);

/** A lease outlives two renewals that fail. */
const renewalsPerLease = 3;
/** How often to look for what has to be renewed: a renewal is that much of its interval early, and shared with others. */
const looksPerRenewal = 5;
/** Far fewer than a service admits by default. */
const writersPerRenewal = 100;

/** Remembers the writers that were granted, and renews their leases while nothing else does. */
export class LeaseKeeper {
  readonly #renew: LeaseKeeperOptions['renew'];
  readonly #onLost: LeaseKeeperOptions['onLost'];
  readonly #kept = new Map<string, Kept>();
  #lookMs = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ renew, onLost }: LeaseKeeperOptions) {
    this.#renew = renew;
    this.#onLost = onLost;
  }

  /** From now on. A grant of the same thread that was kept before is fenced by this one, unless it came first and is the later one. */
  keep({ threadId, epoch, lease }: WriterGrant): void {
    if ((this.#kept.get(threadId)?.epoch ?? epoch) > epoch) return;
    const everyMs = Math.max(1, lease.until.getTime() - lease.since.getTime()) / renewalsPerLease;
    this.#keep({ threadId, epoch, everyMs, renewedAt: performance.now(), isBeingRenewed: false });
  }

  /** A write of the writer, sent at that time, was accepted. */
  onAccepted({ threadId, epoch }: WriterRef, sentAt: number): void {
    const kept = this.#kept.get(threadId);
    if (kept?.epoch === epoch) kept.renewedAt = Math.max(kept.renewedAt, sentAt);
  }

  /** A write of the writer was refused. */
  onRefused({ threadId, epoch }: WriterRef, error: unknown): void {
    if (error instanceof ThreadStoreError && losses.has(error.reason)) this.onLost({ threadId, epoch, error });
  }

  /** Tells of the loss of a writer that is kept, once. */
  onLost(lost: LostLease): void {
    if (!this.#forget(lost)) return;
    // Whatever it throws is nothing that is under way here.
    if (this.#onLost !== undefined) queueMicrotask(() => this.#onLost?.(lost));
  }

  /** Does what ends a lease: it is kept no more, unless that fails without having lost it. Without an epoch it ends anybody's. */
  async lettingGo<T>(
    writer: { readonly threadId: string; readonly epoch?: bigint },
    work: () => Promise<T>,
  ): Promise<T> {
    const kept = this.#forget(writer);
    try {
      return await work();
    } catch (error) {
      if (kept && isOurs(error) && !this.#kept.has(kept.threadId)) this.#keep(kept);
      throw error;
    }
  }

  /** Keeps no more, and gives what was kept. */
  end(): WriterRef[] {
    const writers = [...this.#kept.values()];
    this.#kept.clear();
    this.#stop();
    return writers;
  }

  #keep(kept: Kept): void {
    this.#kept.set(kept.threadId, kept);
    const lookMs = kept.everyMs / looksPerRenewal;
    if (lookMs >= this.#lookMs) return;
    clearInterval(this.#timer);
    this.#lookMs = lookMs;
    // A process with nothing else to do may end; its leases then lapse.
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  #forget({ threadId, epoch }: { readonly threadId: string; readonly epoch?: bigint }): Kept | undefined {
    const kept = this.#kept.get(threadId);
    if (kept === undefined || (epoch !== undefined && epoch !== kept.epoch)) return undefined;
    this.#kept.delete(threadId);
    if (this.#kept.size === 0) this.#stop();
    return kept;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#lookMs = Infinity;
  }

  #look(): void {
    const before = performance.now() + this.#lookMs;
    const due: Kept[] = [];
    for (const kept of this.#kept.values()) {
      if (!kept.isBeingRenewed && kept.renewedAt + kept.everyMs <= before) due.push(kept);
    }
    for (let first = 0; first < due.length; first += writersPerRenewal) {
      void this.#renewAll(due.slice(first, first + writersPerRenewal));
    }
  }

  async #renewAll(writers: readonly Kept[]): Promise<void> {
    const sentAt = performance.now();
    for (const kept of writers) kept.isBeingRenewed = true;
    try {
      const { lost } = await this.#renew({ writers: writers.map(({ threadId, epoch }) => ({ threadId, epoch })) });
      for (const kept of writers) kept.renewedAt = Math.max(kept.renewedAt, sentAt);
      for (const one of lost) this.onLost(one);
    } catch {
      // The next look tries again. A writer whose lease has lapsed goes on, if nobody has taken its thread.
    } finally {
      for (const kept of writers) kept.isBeingRenewed = false;
    }
  }
}

/**
 * Whether the writer may be one still, after a call that was to end it failed. So it is when that was refused because the lease runs
 * (an archive), or because the thread is known to nobody else (a deletion).
 */
function isOurs(error: unknown): boolean {
  return !(error instanceof ThreadStoreError) || !losses.has(error.reason);
}
