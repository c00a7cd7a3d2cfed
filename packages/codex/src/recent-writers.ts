import type { StoredThread, ThreadId } from '@threadstore/core';

/** Threads that are remembered at most; of more, those seen longest ago are looked at again. */
const writersMax = 10_000;

/**
 * Which threads a Codex was seen to hold, and until when nothing needs to be done for its lease. Half of what a session sends is not
 * kept, and each such call, which Codex waits for, would read the thread only to leave it as it is.
 *
 * Nothing that is stored depends on it: a writer that has lost its thread learns of that with the next item that is kept.
 */
export class RecentWriters {
  readonly #restingUntil = new Map<ThreadId, number>();
  readonly #renewBelowMs: number;

  constructor({ renewBelowMs }: { readonly renewBelowMs: number }) {
    this.#renewBelowMs = renewBelowMs;
  }

  saw({ threadId, lease }: Pick<StoredThread, 'threadId' | 'lease'>): void {
    this.forget(threadId);
    if (lease === null) return;
    this.#restingUntil.set(threadId, lease.until.getTime() - this.#renewBelowMs);
    if (this.#restingUntil.size <= writersMax) return;
    const [oldest] = this.#restingUntil.keys();
    if (oldest !== undefined) this.#restingUntil.delete(oldest);
  }

  forget(threadId: ThreadId): void {
    this.#restingUntil.delete(threadId);
  }

  /** Whether nothing needs to be done for the thread's lease. */
  isResting(threadId: ThreadId): boolean {
    const until = this.#restingUntil.get(threadId);
    return until !== undefined && Date.now() < until;
  }
}
