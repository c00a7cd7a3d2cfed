import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from './abort.ts';
import { ThreadStoreError } from './errors.ts';
import type { WriterGrant } from './writer.ts';

/** How long a lease that was released may stay unnoticed. */
const pauseMsMax = 500;
const pauseMsMin = 10;

export interface ResumeWaitOptions {
  /** How long to go on trying. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Resumes again and again for as long as another writer's lease is in the way: `takeover: 'wait'` over an attempt that fails at
 * once. Nothing is held while it waits, so whoever serves the attempts may change meanwhile.
 */
export async function resumeWaiting(
  attempt: () => Promise<WriterGrant>,
  { waitMs, signal }: ResumeWaitOptions,
): Promise<WriterGrant> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ThreadStoreError) || error.reason !== 'WRITER_LIVE') throw error;
      const left = end - performance.now();
      if (left <= 0) throw error;
      await pause(Math.min(left, pauseMsMax, Math.max(pauseMsMin, error.retryAfterMs ?? pauseMsMax)), signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    if (signal?.aborted) throw abortError(signal, 'none');
  }
}
