import type { LiveClock } from '../clock.ts';

/** What is watched. */
export interface Resting {
  /** Whether an operation is under way. */
  readonly isBusy: boolean;
  readonly live: { /** Milliseconds since the last write. */ readonly idleMs: number };
}

export interface IdleWatchOptions<T extends Resting> {
  readonly clock: LiveClock;
  /** `null`: nothing is ever idle. */
  readonly idleMs: number | null;
  readonly onIdle: (thread: T) => void;
}

/** Tells of threads that have neither an operation nor a write for some time. */
export class IdleWatch<T extends Resting> {
  readonly #options: IdleWatchOptions<T>;
  /** What calls off the next look at a thread. */
  readonly #looks = new Map<T, () => void>();

  constructor(options: IdleWatchOptions<T>) {
    this.#options = options;
  }

  /** The thread has been used, or rests now: its time begins anew. */
  watch(thread: T, ms: number | null = this.#options.idleMs): void {
    this.forget(thread);
    if (ms !== null)
      this.#looks.set(
        thread,
        this.#options.clock.after(ms, () => this.#look(thread)),
      );
  }

  forget(thread: T): void {
    this.#looks.get(thread)?.();
    this.#looks.delete(thread);
  }

  /** One that is busy is watched again when it rests. */
  #look(thread: T): void {
    const { idleMs, onIdle } = this.#options;
    this.#looks.delete(thread);
    if (idleMs === null || thread.isBusy) return;
    const left = idleMs - thread.live.idleMs;
    if (left > 0) this.watch(thread, left);
    else onIdle(thread);
  }
}
