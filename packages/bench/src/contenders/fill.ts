import { RemoteThreadStore } from '@threadstore/client';
import { items } from '../item.ts';
import { session } from '../session.ts';

const batchItems = 500;
/** Batches under way. */
const ahead = 8;

type NextItems = (count: number) => readonly string[];

/** Makes a thread of this many items, through the service, and resolves with its id. Its writer is gone then. */
export async function fillThread(endpoint: string, count: number, next: NextItems = items): Promise<string> {
  await using store = new RemoteThreadStore({ endpoint });
  const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
  let sequence = 0n;
  let left = count;
  const append = async (): Promise<void> => {
    while (left > 0) {
      const batch = next(Math.min(batchItems, left));
      left -= batch.length;
      const appended = store.appendItems({ threadId, epoch, sequence, items: batch });
      sequence += 1n;
      await appended;
    }
  };
  await Promise.all(Array.from({ length: ahead }, append));
  await store.shutdownThread({ threadId, epoch });
  return threadId;
}

/** The items of a session, one part after the other. */
export function sessionItems(seed: number): NextItems {
  const source = session(seed);
  return (count) => Array.from({ length: count }, () => source.next().value);
}
