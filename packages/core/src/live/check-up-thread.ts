import type { LoadHistoryParams } from '../history.ts';
import { SessionReading, type SessionState } from '../session-log/check-up.ts';
import type { CallOptions, ThreadStore } from '../thread-store.ts';
import type { Lease } from '../thread.ts';

/** How a thread was left, and who holds it. */
export interface ThreadCheckUp extends SessionState {
  /** The lease of the latest writer, `null` once it was released. It may have lapsed. */
  readonly lease: Lease | null;
  readonly epoch: bigint;
}

/**
 * Reads a thread once, to find out how it was left: the last complete turn, a turn that is under way, tool calls without a result, the
 * token usage, the holder of the lease. Takes no lease and changes nothing. Of a thread that is being written to it tells how it was
 * when the reading began.
 *
 * Errors and retry: as `ThreadStore.streamHistory`.
 */
export async function checkUpThread(
  store: ThreadStore,
  params: LoadHistoryParams,
  options?: CallOptions,
): Promise<ThreadCheckUp> {
  const { lease, epoch, nextOrdinal: untilOrdinal } = await store.readThread(params, options);
  const reading = new SessionReading();
  for await (const { firstOrdinal, items } of store.streamHistory({ ...params, untilOrdinal }, options)) {
    reading.take(firstOrdinal, items);
  }
  return { ...reading.state(), lease, epoch };
}
