import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until waiting fails; 10 seconds by default. */
  readonly timeoutMs?: number;
  /** What is waited for, for the message of the failure: `waited 10000 ms for <what>`. */
  readonly what?: string;
}

/**
 * Asks `condition` again and again until it gives something other than false, null or undefined, and resolves with that.
 * A condition that throws has not come true yet. Rejects after `timeoutMs`, with what the condition threw last as the cause;
 * a condition that never answers counts as not come true.
 */
export async function waitFor<T>(
  condition: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  { timeoutMs = 10_000, what = 'a condition' }: WaitOptions = {},
): Promise<T> {
  const late = Symbol('late');
  const over = new AbortController();
  const deadline = performance.now() + timeoutMs;
  const timeout = sleep(timeoutMs, late, { signal: over.signal });
  // Aborted below, when nobody listens any more.
  timeout.catch(() => undefined);
  let cause: unknown;
  let pauseMs = 2;
  try {
    for (;;) {
      try {
        const answer = await Promise.race([condition(), timeout]);
        if (answer === late) break;
        if (answer !== false && answer !== null && answer !== undefined) return answer;
      } catch (error) {
        cause = error;
      }
      if (performance.now() >= deadline) break;
      await sleep(Math.min(pauseMs, Math.max(0, deadline - performance.now())));
      pauseMs = Math.min(pauseMs * 2, 50);
    }
  } finally {
    over.abort();
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, cause === undefined ? {} : { cause });
}
