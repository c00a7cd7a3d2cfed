import type { MessageInitShape } from '@bufbuild/protobuf';
import { ThreadStoreError, type StoredThread, type ThreadStore } from '@threadstore/core';
import type { StoredThreadHistorySchema } from './gen/codex/thread_store/v1/thread_store_pb.ts';
import type { CodexCall } from './methods.ts';
import { isReadable, isReadableMeta } from './readable-items.ts';
import { sessionMetaOf } from './session-meta.ts';

/** What these clients take in one message; they can't be told to take more. */
export const answerBytesMax = 4 * 1024 * 1024;
/** The tag and the length before an item. */
const frameBytes = 6;

/**
 * The history of a thread, as far as every client can parse it. First comes a `session_meta`: where the thread has none that they can
 * read, because no Codex has written it or a newer one, one is made of what is known of the thread.
 *
 * Rejects when it does not fit into an answer: half a history would be taken for the whole.
 */
export async function readableHistory(
  store: ThreadStore,
  thread: StoredThread,
  otherBytes: number,
  { signal, record }: CodexCall,
): Promise<MessageInitShape<typeof StoredThreadHistorySchema>> {
  const { threadId, nextOrdinal } = thread;
  const itemsJson: Uint8Array[] = [];
  let bytes = otherBytes;
  const add = (json: string): void => {
    const item = Buffer.from(json, 'utf8');
    bytes += item.byteLength + frameBytes;
    if (bytes > answerBytesMax) throw tooLarge(threadId);
    itemsJson.push(item);
  };
  let withheld = 0;
  for await (const { items } of store.streamHistory(
    { threadId, includeArchived: true, untilOrdinal: nextOrdinal },
    { signal },
  )) {
    for (const json of items) {
      const isReadableItem = isReadable(json);
      if (itemsJson.length === 0 && !(isReadableItem && isReadableMeta(json))) add(sessionMetaOf(thread));
      if (isReadableItem) add(json);
      else withheld += 1;
    }
  }
  if (itemsJson.length === 0) add(sessionMetaOf(thread));
  record.items = itemsJson.length;
  record.bytes = bytes;
  if (withheld > 0) record.withheld = withheld;
  return { threadId, itemsJson };
}

function tooLarge(threadId: string): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'INVALID_FIELD',
    message: `thread ${threadId}: its history is larger than the 4 MiB that this version of Codex can receive (threadstore export reads it)`,
  });
}
