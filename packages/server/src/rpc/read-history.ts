import { pulled } from '@threadstore/core/internal';
import { historyChunkToWire, streamHistoryFromWire, type EncodedChunk } from '@threadstore/protocol';
import type { Call } from './begin-call.ts';

type WireRequest = Parameters<typeof streamHistoryFromWire>[0];
type WireChunk = EncodedChunk['message'];

/** The history in messages of about 256 KiB, each made when the one before has been sent. */
export function readHistory(request: WireRequest, { store, signal, record }: Call): AsyncIterable<WireChunk> {
  record.items = 0;
  record.bytes = 0;
  const batches = store.streamHistory(streamHistoryFromWire(request), { signal })[Symbol.asyncIterator]();
  return pulled(
    async () => {
      const next = await batches.next();
      if (next.done === true) return null;
      const { message, itemBytes } = historyChunkToWire(next.value);
      record.items = (record.items ?? 0) + next.value.items.length;
      record.bytes = (record.bytes ?? 0) + itemBytes;
      return message;
    },
    async () => {
      await batches.return?.();
    },
  );
}
