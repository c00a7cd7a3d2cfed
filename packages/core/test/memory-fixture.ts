import type { HistoryBatch, ListThreadsParams, ThreadStore } from '../src/index.ts';

export const item = '{"type":"a"}';
let ids = 0;

export function newId(): string {
  ids += 1;
  return `0199a5f0-7c1e-7000-8000-${String(ids).padStart(12, '0')}`;
}

/** A clock that stands still until it is moved. */
export class Clock {
  #time = Date.parse('2026-01-02T03:04:05.678Z');

  now = (): Date => new Date(this.#time);

  pass(ms: number): void {
    this.#time += ms;
  }
}

export async function threadWithItem(store: ThreadStore): Promise<string> {
  const threadId = newId();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
  return threadId;
}

export async function listed(store: ThreadStore, params: ListThreadsParams = {}): Promise<string[]> {
  const { threads } = await store.listThreads(params);
  return threads.map((thread) => thread.threadId);
}

export async function collect(batches: AsyncIterable<HistoryBatch>): Promise<HistoryBatch[]> {
  const all: HistoryBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}
