import { epochNotGranted, fenced, writerReleased } from './error-factories.ts';
import type { ThreadStoreError } from './errors.ts';
import type { Lease } from './thread.ts';

/** What the thread's row says about its writer. */
export interface WriterState {
  readonly epoch: bigint;
  /** `null` once released. A lapsed lease still lets its writer write. */
  readonly lease: Lease | null;
}

/** Why a writer of that epoch may not act on the thread at all, or null. A released epoch passes. */
export function judgeEpoch(current: bigint, given: bigint): ThreadStoreError | null {
  if (given < current) return fenced(given, current);
  if (given > current) return epochNotGranted(given, current);
  return null;
}

/** Why a writer of that epoch may not write, or null. */
export function judgeWriter(state: WriterState, given: bigint): ThreadStoreError | null {
  return judgeEpoch(state.epoch, given) ?? (state.lease === null ? writerReleased(given) : null);
}
