import type { Database } from '../database.ts';
import { indexMessages, sortWordsIn } from './index-messages.ts';
import type { TenantWords } from './words.ts';

export interface MessageIndexerOptions {
  readonly tenant: string;
  readonly words: TenantWords;
  /** Does work that a transaction is part of, again where the database gives it up. */
  readonly run: <T>(work: (database: Database) => Promise<T>) => Promise<T>;
}

/** At least so long from one pass to the next, for a pass to have much to do. */
const pauseMs = 500;
/** A pass is followed by this many times its own time of rest: while others append, messages get a part of the machine, not more. */
const restFactor = 5;
/** After one that failed, each time twice as long. */
const pauseMaxMs = 60_000;

/** Writes the words of messages in the background, soon after they were appended. What it does not get to, a search does. */
export class MessageIndexer {
  readonly #options: MessageIndexerOptions;
  /** Whether messages may be noted that the pass under way has not seen. */
  #left = false;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | undefined;
  #closed = false;
  #failures = 0;

  constructor(options: MessageIndexerOptions) {
    this.#options = options;
  }

  /** Says that messages were noted. */
  noted(): void {
    this.#left = true;
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

  /** None where nobody appends: then there is only what was left, and nobody who'd want the machine. */
  #rest(isBusy: boolean, passMs: number): number {
    if (!isBusy) return 0;
    return Math.min(Math.max(pauseMs, restFactor * passMs) * 2 ** this.#failures, pauseMaxMs);
  }

  async #run(): Promise<void> {
    const start = performance.now();
    let isBusy = true;
    this.#left = false;
    const { tenant, words, run } = this.#options;
    try {
      const more = await run(async (database) => {
        const isMore = await indexMessages(database, { tenant, words, threadId: null, waits: false });
        await sortWordsIn(database);
        return isMore;
      });
      isBusy = this.#left;
      this.#left ||= more;
      this.#failures = 0;
    } catch {
      // A search tries, too, and does without.
      this.#left = true;
      this.#failures += 1;
    }
    this.#pass = undefined;
    if (this.#left) this.#schedule(this.#rest(isBusy, performance.now() - start));
  }
}
