/** The time, as the live layer takes it. Tests give one of their own. */
export interface LiveClock {
  /** For what is stored. */
  now(): Date;
  /** Milliseconds of a clock that never goes back, for what is measured. */
  monotonicMs(): number;
  /**
   * Calls back once, after that many milliseconds (at most 24 days: then it calls back early). Returns what calls it off. Unless
   * `keepsAlive`, the process does not stay for it.
   */
  after(ms: number, callback: () => void, options?: { readonly keepsAlive?: boolean }): () => void;
}

/** A longer timer of Node fires at once. */
const timerMsMax = 2 ** 31 - 1;

export const systemClock: LiveClock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after: (ms, callback, { keepsAlive = false } = {}) => {
    const timer = setTimeout(callback, Math.min(ms, timerMsMax));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
