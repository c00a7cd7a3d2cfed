import type { ThreadId } from '@threadstore/core';
import type { TurnRecord } from '@threadstore/core/internal';

/** What turns a thread's items come to, up to an ordinal: the one that is open there is all that the next item needs. */
export interface TurnState {
  /** Of the writer who is at that ordinal. A failover that loses its last batches costs it its epoch, and the state with it. */
  readonly epoch: bigint;
  readonly ordinal: bigint;
  readonly open: TurnRecord | null;
}

const threadsMax = 4_096;

/**
 * The last states that this process has seen, of the threads used last. Items never change, so a state stays right for its ordinal;
 * whoever uses one has to make sure that the thread is at that ordinal. Only states of items that are committed may be kept.
 */
export class KnownTurns {
  readonly #states = new Map<ThreadId, TurnState>();

  get(threadId: ThreadId): TurnState | undefined {
    return this.#states.get(threadId);
  }

  set(threadId: ThreadId, state: TurnState): void {
    this.#states.delete(threadId);
    this.#states.set(threadId, state);
    if (this.#states.size <= threadsMax) return;
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest);
      return;
    }
  }
}
