/** The time, as the live layer takes it. Tests give one of their own. */
export interface LiveClock {
  /** For what is stored. */
  now(): Date;
  /** Milliseconds of a clock that never goes back, for what is measured. */
  monotonicMs(): number;
  /** Calls back once, after that many milliseconds, and keeps no process alive for it. Returns what calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: LiveClock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};
