import type { ThreadStore } from '@threadstore/core';
import { historyChunkToWire, streamHistoryFromWire, type EncodedChunk } from '@threadstore/protocol';
import type { Call } from './begin-call.ts';

type WireRequest = Parameters<typeof streamHistoryFromWire>[0];
type WireChunk = EncodedChunk['message'];

/** The history in messages of about 256 KiB, each made when the one before has been sent. */
export async function* readHistory(
  store: ThreadStore,
  request: WireRequest,
  { signal, record }: Call,
): AsyncGenerator<WireChunk> {
  record.items = 0;
  record.bytes = 0;
  for await (const batch of store.streamHistory(streamHistoryFromWire(request), { signal })) {
    const { message, itemBytes } = historyChunkToWire(batch);
    record.items += batch.items.length;
    record.bytes += itemBytes;
    yield message;
  }
}
