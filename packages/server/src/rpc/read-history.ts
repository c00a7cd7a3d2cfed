import type { ThreadStore } from '@threadstore/core';
import { historyChunkToWire, streamHistoryFromWire } from '@threadstore/protocol';
import type { Call } from './thread-store-handlers.ts';

type WireRequest = Parameters<typeof streamHistoryFromWire>[0];
type WireChunk = ReturnType<typeof historyChunkToWire>;

/**
 * The history in messages of about 256 KiB, each made when the one before is on its way. The end is fixed first, and goes with
 * each message, so that a reader whose connection broke can ask for the rest of the same history.
 */
export async function* readHistory(
  store: ThreadStore,
  request: WireRequest,
  { signal, record }: Call,
): AsyncGenerator<WireChunk> {
  const params = streamHistoryFromWire(request);
  const { threadId, includeArchived = false } = params;
  const { nextOrdinal } = await store.readThread({ threadId, includeArchived }, { signal });
  const untilOrdinal =
    params.untilOrdinal === undefined || params.untilOrdinal > nextOrdinal ? nextOrdinal : params.untilOrdinal;
  record.items = 0;
  record.bytes = 0;
  for await (const batch of store.streamHistory({ ...params, untilOrdinal }, { signal })) {
    const chunk = historyChunkToWire({ ...batch, untilOrdinal });
    record.items += batch.items.length;
    for (const item of chunk.items ?? []) record.bytes += item.byteLength;
    yield chunk;
  }
}
