import { storeClosed } from './error-factories.ts';

/** Counts the calls under way on a store object, refuses calls after its end, and lets the end wait for the rest. */
export class StoreLifecycle {
  #underWay = 0;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Throws `STORE_CLOSED` when the store is closed, else counts a call in. Each `enter` needs its `leave`. */
  enter(): void {
    if (this.closed) throw storeClosed();
    this.#underWay += 1;
  }

  leave(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#drained?.();
  }

  /** `enter`, the work, `leave`. */
  async run<T>(work: () => Promise<T> | T): Promise<T> {
    this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /**
   * Refuses calls from now on, waits for those under way and then calls `release`, once; repeated calls share the promise.
   */
  close(release?: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#end(release);
    return this.#closing;
  }

  async #end(release: (() => Promise<void>) | undefined): Promise<void> {
    const drained =
      this.#underWay === 0
        ? undefined
        : new Promise<void>((resolve) => {
            this.#drained = resolve;
          });
    await drained;
    await release?.();
  }
}
