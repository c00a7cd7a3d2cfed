import type { ThreadId } from '@threadstore/core';
import type { Database } from '../database.ts';
import { indexMessages } from './index-messages.ts';
import type { TenantWords } from './words.ts';

export interface MessageIndexerOptions {
  readonly tenant: string;
  readonly words: TenantWords;
  /** Does work that a transaction is part of, again where the database gives it up. */
  readonly run: <T>(work: (database: Database) => Promise<T>) => Promise<T>;
}

/** At least so long from one pass to the next, for a pass to have much to do. */
const pauseMs = 500;
/** A pass is followed by this many times its own time of rest: under load messages get a part of the machine, not more. */
const restFactor = 5;
const threadsAtOnce = 500;

/** Writes the words of messages in the background, soon after they were appended. What it does not get to, a search does. */
export class MessageIndexer {
  readonly #options: MessageIndexerOptions;
  #behind = new Set<ThreadId>();
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | undefined;
  #closed = false;

  constructor(options: MessageIndexerOptions) {
    this.#options = options;
  }

  /** Says that messages of a thread are not known yet. */
  left(threadId: ThreadId): void {
    this.#behind.add(threadId);
    this.#schedule(pauseMs);
  }

  /** Begins no more, and waits for what has begun. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  #schedule(ms: number): void {
    if (this.#closed || this.#timer !== undefined || this.#pass !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pass = this.#run();
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const start = performance.now();
    const threads = [...this.#behind].slice(0, threadsAtOnce);
    // Those that get more meanwhile come in again.
    for (const threadId of threads) this.#behind.delete(threadId);
    const { tenant, words, run } = this.#options;
    try {
      const more = await run((database) => indexMessages(database, tenant, threads, words));
      for (const threadId of more) this.#behind.add(threadId);
    } catch {
      // A search tries again, and tells its caller.
    }
    this.#pass = undefined;
    if (this.#behind.size > 0) this.#schedule(Math.max(pauseMs, restFactor * (performance.now() - start)));
  }
}
