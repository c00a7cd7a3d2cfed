import type { Limits, ThreadMetadataPatch, ThreadStore, WriterGrant } from '@threadstore/core';

const MiB = 1024 * 1024;

/** Large enough that the way there and back is small beside the work, small enough to show progress. */
const batchBytesAim = MiB;
const batchItemsAim = 500;
/** Batches on their way at once: while one is stored, the next ones are read and sent. */
const batchesUnderWayMax = 4;

/** Appends the items of one writer in batches, a few of them on their way at a time. */
export class Appender {
  readonly #store: ThreadStore;
  readonly #grant: WriterGrant;
  readonly #bytesMax: number;
  readonly #itemsMax: number;
  readonly #onStored: (items: number) => void;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #sequence = 0n;
  #items: string[] = [];
  #bytes = 0;

  /** `onStored` is told how many more items are durable. */
  constructor(store: ThreadStore, grant: WriterGrant, limits: Limits, onStored: (items: number) => void) {
    this.#store = store;
    this.#grant = grant;
    this.#bytesMax = Math.min(batchBytesAim, limits.appendBytesMax);
    this.#itemsMax = Math.min(batchItemsAim, limits.batchItemsMax);
    this.#onStored = onStored;
  }

  /** Takes an item; waits while enough is on its way. Rejects with the first failure of an earlier batch. */
  async add(item: string): Promise<void> {
    const bytes = Buffer.byteLength(item);
    const full = this.#items.length >= this.#itemsMax || this.#bytes + bytes > this.#bytesMax;
    if (full && this.#items.length > 0) {
      this.#send();
      while (this.#underWay.size >= batchesUnderWayMax) await Promise.race(this.#underWay);
    }
    this.#throwFailure();
    this.#items.push(item);
    this.#bytes += bytes;
  }

  /** Sends what is left, with the patch, and waits until everything is stored. */
  async finish(metadata: ThreadMetadataPatch | undefined): Promise<void> {
    if (this.#items.length > 0) this.#send(metadata);
    await this.settle();
    this.#throwFailure();
  }

  /** Waits for what is on its way, however it ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #send(metadata?: ThreadMetadataPatch): void {
    const items = this.#items;
    const { threadId, epoch } = this.#grant;
    const patch = metadata === undefined ? {} : { metadata };
    const sent = this.#store.appendItems({ threadId, epoch, sequence: this.#sequence, items, ...patch }).then(
      () => {
        this.#onStored(items.length);
      },
      (error: unknown) => {
        // Those behind it fail too, for want of this one.
        this.#failure ??= { error };
      },
    );
    const settled = sent.finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    this.#sequence += 1n;
    this.#items = [];
    this.#bytes = 0;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
