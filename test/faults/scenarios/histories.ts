import type { RemoteThreadStore } from '@threadstore/client';

const itemBytes = 100_000;

/** Makes a thread with a history of so many bytes; resolves to its id. */
export async function longThread(store: RemoteThreadStore, bytes: number): Promise<string> {
  const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
  const item = JSON.stringify({ type: 'note', text: 'x'.repeat(itemBytes) });
  for (let sequence = 0; sequence * itemBytes < bytes; sequence += 1) {
    await store.appendItems({ threadId, epoch, sequence: BigInt(sequence), items: [item] });
  }
  return threadId;
}

/** A writer that appends one item after another until it is told to stop. */
export class SteadyWriter {
  readonly #store: RemoteThreadStore;
  readonly #stopped = new AbortController();
  #ms: number[] = [];
  readonly #done: Promise<void>;

  constructor(store: RemoteThreadStore) {
    this.#store = store;
    this.#done = this.#write();
  }

  /** Milliseconds of each append since this was last asked for. */
  take(): readonly number[] {
    const ms = this.#ms;
    this.#ms = [];
    return ms;
  }

  /** Rejects with what an append failed with. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #write(): Promise<void> {
    const { threadId, epoch } = await this.#store.createThread({ threadId: crypto.randomUUID() });
    for (let sequence = 0n; !this.#stopped.signal.aborted; sequence += 1n) {
      const start = performance.now();
      await this.#store.appendItems({ threadId, epoch, sequence, items: ['{"type":"note"}'] });
      this.#ms.push(performance.now() - start);
    }
  }
}
