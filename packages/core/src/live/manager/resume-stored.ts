import { ThreadStoreError } from '../../errors.ts';
import { SessionReading, type SessionState } from '../../session-log/check-up.ts';
import type { CallOptions, ThreadStore } from '../../thread-store.ts';
import type { SessionSource, StoredThread } from '../../thread.ts';
import type { LiveThreadSettings } from '../live-settings.ts';
import { LiveThread, type ResumeLiveThreadParams } from '../live-thread.ts';
import type { LeaseTakeover } from './loaded-thread.ts';

/** A stored thread that was taken, and what was found there. */
export interface ResumedThread {
  readonly live: LiveThread;
  readonly source: SessionSource | undefined;
  readonly takeover: LeaseTakeover | null;
  readonly state: SessionState;
}

/**
 * Takes a thread and goes once through its history. A steal is one from the writer that is there now: an attempt that is held up on its
 * way takes the thread from nobody who gets it meanwhile. If it was perhaps this caller who got it, by an earlier attempt whose answer was
 * lost, it is taken once more, unless somebody got it after that.
 */
export async function resumeStored(
  store: ThreadStore,
  params: ResumeLiveThreadParams,
  settings: LiveThreadSettings,
  options?: CallOptions,
): Promise<ResumedThread> {
  const { threadId, includeArchived = false } = params;
  const read = (): Promise<StoredThread> => store.readThread({ threadId, includeArchived }, options);
  const resume = (seen: StoredThread): Promise<ResumedThread> => resumeSeen(store, seen, params, settings, options);
  const before = await read();
  try {
    return await resume(before);
  } catch (error) {
    const isOwnPerhaps = error instanceof ThreadStoreError && error.reason === 'FENCED' && error.effect === 'unknown';
    if (!isOwnPerhaps || params.expectedEpoch !== undefined) throw error;
    const since = await read();
    // Its own grant is the next after the one that it saw.
    if (since.epoch !== before.epoch + 1n) throw error;
    return await resume(since);
  }
}

async function resumeSeen(
  store: ThreadStore,
  before: StoredThread,
  params: ResumeLiveThreadParams,
  settings: LiveThreadSettings,
  options?: CallOptions,
): Promise<ResumedThread> {
  const isSteal = params.takeover === 'steal';
  const reading = new SessionReading();
  const resume: ResumeLiveThreadParams = {
    ...(isSteal && { expectedEpoch: before.epoch }),
    ...params,
    onHistory: ({ firstOrdinal, items }) => reading.take(firstOrdinal, items),
  };
  const live = await LiveThread.resume(store, resume, settings, options);
  return { live, source: before.source, takeover: takeoverOf(before, live, isSteal), state: reading.state() };
}

/** Whose lease the grant has ended, as far as one could see before: the one that was there, unless it was given back meanwhile. */
function takeoverOf(
  { lease, epoch }: StoredThread,
  { epoch: granted, grant }: LiveThread,
  isSteal: boolean,
): LeaseTakeover | null {
  if (lease === null || granted !== epoch + 1n) return null;
  return isSteal || lease.until <= grant.lease.since ? { epoch, lease } : null;
}
