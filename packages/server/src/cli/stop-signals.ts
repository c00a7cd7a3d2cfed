const stopSignals = ['SIGINT', 'SIGTERM'] as const;

// One Ctrl-C reaches a process that npm started twice: from the terminal, and again from npm.
const sameKeyMs = 250;

/** Listens to the signals that ask a process to stop. */
export class StopSignals implements Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onForce: () => void;
  #firstAt: number | undefined;
  #late: NodeJS.Timeout | undefined;

  /** `onForce` is called for the second signal and those after it. */
  constructor(onForce: () => void) {
    this.#onForce = onForce;
    this.signal = this.#controller.signal;
    for (const name of stopSignals) process.on(name, this.#onSignal);
  }

  /** Resolves at the first signal. */
  async requested(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Calls `onForce`, and `onLate` before it, if this is not disposed of within so many milliseconds. */
  forceAfter(ms: number, onLate: () => void): void {
    this.#late = setTimeout(() => {
      onLate();
      this.#onForce();
    }, ms).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#late);
    for (const name of stopSignals) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.#firstAt === undefined) {
      this.#firstAt = performance.now();
      this.#controller.abort(new Error('interrupted'));
    } else if (name !== 'SIGINT' || performance.now() - this.#firstAt > sameKeyMs) {
      this.#onForce();
    }
  };
}
