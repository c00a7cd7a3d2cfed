import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Readiness, Unreadiness } from './readiness.ts';

export interface ReadinessProbeOptions {
  readonly readiness: Readiness;
  readonly logger: Logger;
  /** What is wrong now, or `null`. It may take as long as it likes: after `timeoutMs` it counts as failed. Must not reject. */
  readonly ask: () => Promise<Unreadiness | null>;
  /** From the end of one question to the next, in milliseconds. Default 1,000. */
  readonly intervalMs?: number;
  /** Default 2,000. */
  readonly timeoutMs?: number;
}

/** So many questions in a row must fail before anybody is told: a failover, or a busy moment, is not the end of the service. */
const failuresMin = 3;
/** And so many must succeed before it is said to be over. */
const successesMin = 2;

const silent: Unreadiness = { reason: 'the database does not answer', refuses: false };

/** Asks again and again whether calls can be served, until it is closed. What would do harm counts at once, the rest when it lasts. */
export class ReadinessProbe implements AsyncDisposable {
  readonly #options: ReadinessProbeOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #failures = 0;
  #successes = 0;

  constructor(options: ReadinessProbeOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { intervalMs = 1_000 } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const unready = await this.#answer(signal);
      if (!signal.aborted) this.#judge(unready);
    }
  }

  async #answer(signal: AbortSignal): Promise<Unreadiness | null> {
    const { ask, timeoutMs = 2_000 } = this.#options;
    const done = new AbortController();
    const late = delay(timeoutMs, silent, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => silent);
    try {
      return await Promise.race([ask(), late]);
    } finally {
      done.abort();
    }
  }

  #judge(unready: Unreadiness | null): void {
    const { readiness } = this.#options;
    const before = readiness.unready;
    if (unready === null) {
      this.#failures = 0;
      this.#successes += 1;
      if (before !== null && this.#successes >= successesMin) this.#change(null);
      return;
    }
    this.#successes = 0;
    this.#failures += 1;
    if (unready.refuses || before !== null || this.#failures >= failuresMin) this.#change(unready);
  }

  #change(unready: Unreadiness | null): void {
    const { readiness, logger } = this.#options;
    if (unready === null) logger.info({}, 'ready again');
    else if (unready.reason !== readiness.unready?.reason) {
      const tell = unready.refuses ? 'error' : 'warn';
      logger[tell]({ reason: unready.reason }, 'not ready');
    }
    readiness.set(unready);
  }
}
