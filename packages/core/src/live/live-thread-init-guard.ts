import type { LiveThread } from './live-thread.ts';
import { emitWarning, type WarningListener } from './warning.ts';

interface Held {
  readonly live: LiveThread;
  readonly onWarning: WarningListener;
}

/** Guards that are gone while they held something. */
const forgotten = new FinalizationRegistry<Held>(({ live, onWarning }) => {
  onWarning(
    `thread ${live.threadId}: its init guard was dropped without commit or discard, the thread is discarded`,
    undefined,
  );
  void discard({ live, onWarning });
});

/**
 * Owns a live thread while a session is being set up, so that a set-up that fails leaves neither a lease nor an unused thread behind.
 *
 * ```ts
 * await using guard = new LiveThreadInitGuard(await LiveThread.create(store, params));
 * // … whatever may throw …
 * const live = guard.commit();
 * ```
 *
 * | what happens to the guard                 | effect                                                                      |
 * | ----------------------------------------- | --------------------------------------------------------------------------- |
 * | `commit()`                                | it lets go of the thread; nothing is written                                |
 * | `discard()`, or the end of `await using`  | the thread is discarded; if that fails, `onWarning` is told, and nothing throws |
 * | it is garbage-collected without these     | `onWarning` is told, and the thread is discarded in the background          |
 * | it holds `null`                           | none                                                                        |
 */
export class LiveThreadInitGuard<T extends LiveThread | null = LiveThread> implements AsyncDisposable {
  readonly #live: T;
  #held: Held | null;
  #isDiscarded = false;

  /** `onWarning`: default `process.emitWarning`. */
  constructor(live: T, { onWarning = emitWarning }: { readonly onWarning?: WarningListener } = {}) {
    this.#live = live;
    this.#held = live === null ? null : { live, onWarning };
    if (this.#held !== null) forgotten.register(this, this.#held, this);
  }

  /** The thread is the caller's from now on. Idempotent; throws a `TypeError` once it was discarded. */
  commit(): T {
    if (this.#isDiscarded) throw new TypeError('the thread of this guard was discarded');
    this.#letGo();
    return this.#live;
  }

  /** Discards the thread. Never rejects. Without effect after `commit`, or when repeated. */
  async discard(): Promise<void> {
    const held = this.#letGo();
    if (held === null) return;
    this.#isDiscarded = true;
    await discard(held);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard();
  }

  #letGo(): Held | null {
    const held = this.#held;
    this.#held = null;
    forgotten.unregister(this);
    return held;
  }
}

async function discard({ live, onWarning }: Held): Promise<void> {
  try {
    await live.discard();
  } catch (error) {
    onWarning(`thread ${live.threadId}: could not be discarded, its lease lapses by itself`, error);
  }
}
