import type { ThreadStore, WriterRef } from '@threadstore/core';

/** Renews a lease until it ends later than it did, which takes a millisecond. Gives up on a thread that has no such lease. */
export async function renewVisibly(store: ThreadStore, writer: WriterRef): Promise<void> {
  const before = await leaseEnd(store, writer);
  for (let after = before; after !== undefined && after === before; after = await leaseEnd(store, writer)) {
    const { lost } = await store.renewLeases({ writers: [writer] });
    if (lost.length > 0) return;
  }
}

async function leaseEnd(store: ThreadStore, { threadId }: WriterRef): Promise<number | undefined> {
  const thread = await store.readThread({ threadId, includeArchived: true }).catch(() => undefined);
  return thread?.lease?.until.getTime();
}
