import { turnInProgress } from '../../error-factories.ts';
import type { ThreadId } from '../../thread.ts';

interface WaitingTurn {
  start(): void;
  cancel(error: unknown): void;
}

/** The turns of a thread: one runs, the others wait in their order. */
export class TurnQueue {
  readonly #threadId: ThreadId;
  readonly #onRest: () => void;
  #running: AbortController | undefined;
  #waiting: WaitingTurn[] = [];

  /** `onRest` is called whenever nothing runs or waits any more. */
  constructor(threadId: ThreadId, onRest: () => void) {
    this.#threadId = threadId;
    this.#onRest = onRest;
  }

  /** Whether a turn is running. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Runs when the turns before it have ended, however they ended. */
  run<T>(turn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running === undefined) return this.#begin(turn);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ start: () => resolve(this.#begin(turn)), cancel: reject });
    });
  }

  /** Runs at once, or is refused: for what must not happen later than it was asked for. */
  runNow<T>(what: string, turn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.isBusy) return Promise.reject(turnInProgress(this.#threadId, what));
    return this.#begin(turn);
  }

  /** Fires the signal of the turn that is running; false when there is none. Those that wait are not touched. */
  interrupt(reason?: unknown): boolean {
    this.#running?.abort(reason);
    return this.isBusy;
  }

  /** Rejects what waits, and interrupts what is running. */
  end(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const turn of waiting) turn.cancel(error);
    this.interrupt(error);
  }

  async #begin<T>(turn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running = controller;
    try {
      return await turn(controller.signal);
    } finally {
      this.#running = undefined;
      const next = this.#waiting.shift();
      if (next === undefined) this.#onRest();
      else next.start();
    }
  }
}
